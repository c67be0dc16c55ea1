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
    private static let patience: TimeInterval = 25
    /// For one page alone, once its range has failed.
    private static let pagePatience: TimeInterval = 2

    /// Blocks for as long as ``patience`` at most, and a range.
    ///
    /// - Parameter enough: bytes of text after which nothing more is read.
    static func read(_ file: TemporaryFile, enough: Int) throws -> PDFText {
        let info = try BoundedChild.run(
            ["pdfinfo", "-enc", "UTF-8", "/dev/stdin"],
            input: file.descriptor,
            .init()
        )
        let words = String(decoding: info.output, as: UTF8.self)
        guard info.isWhole, let pages = pageCount(words), pages > 0 else {
            let isLocked = words.contains("Incorrect password")
            return PDFText(reading: isLocked ? .encrypted : .unreadable, pages: nil, pagesRead: nil, text: "")
        }
        let deadline = Date().addingTimeInterval(patience)
        var text = ""
        var read = 0
        var next = 1
        while next <= pages, text.utf8.count <= enough, Date() < deadline {
            let last = min(pages, next + range - 1)
            if let piece = try pageText(file, next...last, deadline, patience: 8) {
                text += piece
                read += last - next + 1
            } else {
                for page in next...last where text.utf8.count <= enough && Date() < deadline {
                    guard let piece = try pageText(file, page...page, deadline, patience: pagePatience) else {
                        continue
                    }
                    text += piece
                    read += 1
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

    private static func pageText(
        _ file: TemporaryFile,
        _ pages: ClosedRange<Int>,
        _ deadline: Date,
        patience: TimeInterval
    ) throws -> String? {
        var limits = BoundedChild.Limits()
        limits.time = max(0.1, min(patience, deadline.timeIntervalSinceNow))
        limits.cpu = Int(patience)
        let result = try BoundedChild.run(
            [
                "pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-nopgbrk",
                "-f", String(pages.lowerBound), "-l", String(pages.upperBound), "/dev/stdin", "-",
            ],
            input: file.descriptor,
            limits
        )
        return result.isWhole ? String(decoding: result.output, as: UTF8.self) : nil
    }

    private static func pageCount(_ info: String) -> Int? {
        info.split(separator: "\n").first { $0.hasPrefix("Pages:") }
            .flatMap { Int($0.dropFirst(6).drop(while: \.isWhitespace)) }
    }
}
