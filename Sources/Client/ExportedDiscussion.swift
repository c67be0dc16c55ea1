import Foundation

extension ParleySite {
    /// A form in which a site hands a discussion out.
    public enum ExportFormat: String, Sendable, CaseIterable {
        case markdown = "md"
        case json
        case html
    }

    /// Fetches a discussion's export as the site wrote it, as often as a command is sent.
    ///
    /// - Throws: ``SiteError`` or `CancellationError`.
    public func export(
        _ id: String,
        as format: ExportFormat,
        onRetry: @Sendable (Retry) -> Void = { _ in }
    ) async throws -> [UInt8] {
        try await repeated(atMost: limits.triesAtFirst, onRetry: onRetry) {
            try await get("\(address.discussion(id))/export.\(format.rawValue)") { answer in
                format.begins(answer.body) ? answer.body : nil
            }
        }
    }
}

extension ParleySite.ExportFormat {
    /// Whether it can be an export: a page that stands before the site while it is upgraded may say 200 too.
    fileprivate func begins(_ body: [UInt8]) -> Bool {
        switch self {
        case .markdown: body.starts(with: "# ".utf8)
        case .json: body.starts(with: "{".utf8)
        case .html: body.starts(with: "<!doctype html>\n<html lang=\"en\">".utf8)
        }
    }
}
