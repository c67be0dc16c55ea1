import Domain
import Foundation

/// The text of a PDF, by pdftotext in bounded children.
///
/// By ranges of pages: a page that takes too long, or that breaks the reader, costs its own text and not
/// that of the others.
struct PDFText: Equatable {
    let reading: DiscussionFile.Reading
    let pages: Int?
    let pagesRead: Int?
    let text: String

    /// Pages that are read at once: few enough that a slow one costs little, and a whole book is a few starts.
    private static let range = 10
    /// By the clock, for the whole file: a person waits for it.
    private static let patience = Duration.seconds(25)
    /// More than any file of the size that is taken has; what a file claims beyond it is not believed.
    private static let mostPages = 100_000
    /// pdftotext's own: the first page that was asked for is after the last.
    private static let isBeyondEnd: Int32 = 99
    /// For one page alone, once its range has failed.
    private static let pagePatience: TimeInterval = 2

    /// A PDF that nobody could look into.
    static let unread = PDFText(reading: .unreadable, pages: nil, pagesRead: nil, text: "")

    /// Blocks until `latest` at most, and for no longer than ``patience`` and a range.
    ///
    /// - Parameter enough: bytes of text after which nothing more is read.
    /// - Throws: ``ToolMissing``, ``SystemFault``.
    static func read(
        _ file: TemporaryFile,
        enough: Int,
        by latest: ContinuousClock.Instant
    ) throws -> PDFText {
        guard .now < latest else { return unread }
        let deadline = min(latest, .now + patience)
        var limits = BoundedChild.Limits()
        limits.time = min(limits.time, left(until: deadline))
        let info = try BoundedChild.run(
            ["pdfinfo", "-enc", "UTF-8", "/dev/stdin"],
            input: file.descriptor,
            limits
        )
        let words = String(decoding: info.output, as: UTF8.self)
        guard info.isWhole, var pages = pageCount(words) else {
            let isLocked = words.contains("Incorrect password")
            return PDFText(reading: isLocked ? .encrypted : .unreadable, pages: nil, pagesRead: nil, text: "")
        }
        var text = ""
        var read = 0
        var next = 1
        while next <= pages, text.utf8.count <= enough, .now < deadline {
            let last = min(pages, next + range - 1)
            switch try pageText(file, next...last, deadline, patience: 8) {
            case .text(let piece):
                text += piece
                read += last - next + 1
            case .beyondEnd: pages = next - 1
            case .none:
                for page in next...last where page <= pages && text.utf8.count <= enough && .now < deadline {
                    switch try pageText(file, page...page, deadline, patience: pagePatience) {
                    case .text(let piece):
                        text += piece
                        read += 1
                    case .beyondEnd: pages = page - 1
                    case .none: continue
                    }
                }
            }
            next = last + 1
        }
        let isEmpty = text.allSatisfy(\.isWhitespace)
        return PDFText(
            reading: isEmpty
                ? (read == pages ? .noText : .unreadable)
                : read == pages
                    ? .whole
                    : text.utf8.count > enough
                        ? .beginning : .part,
            pages: pages,
            pagesRead: read,
            text: isEmpty ? "" : text
        )
    }

    private enum Piece {
        case text(String)
        /// The pages were cut off or could not be read.
        case none
        /// There are no such pages.
        case beyondEnd
    }

    private static func left(until deadline: ContinuousClock.Instant) -> TimeInterval {
        max(0.1, (deadline - .now) / .seconds(1))
    }

    private static func pageText(
        _ file: TemporaryFile,
        _ pages: ClosedRange<Int>,
        _ deadline: ContinuousClock.Instant,
        patience: TimeInterval
    ) throws -> Piece {
        var limits = BoundedChild.Limits()
        limits.time = min(patience, left(until: deadline))
        limits.cpu = Int(patience)
        let result = try BoundedChild.run(
            [
                "pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-nopgbrk",
                "-f", String(pages.lowerBound), "-l", String(pages.upperBound), "/dev/stdin", "-",
            ],
            input: file.descriptor,
            limits
        )
        switch result.status {
        case 0: return .text(String(decoding: result.output, as: UTF8.self))
        case isBeyondEnd: return .beyondEnd
        default: return .none
        }
    }

    /// Of the last such line: those before it may stand in the file's title, which the file's author wrote.
    static func pageCount(_ info: String) -> Int? {
        let count = info.split(separator: "\n").last { $0.hasPrefix("Pages:") }
            .flatMap { Int($0.dropFirst(6).drop(while: \.isWhitespace)) }
        return count.flatMap { $0 > 0 ? min($0, mostPages) : nil }
    }
}
