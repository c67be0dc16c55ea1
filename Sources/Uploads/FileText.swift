import Domain

/// What of a file's text is kept for the models.
struct FileText {
    let reading: DiscussionFile.Reading
    var pages: Int?
    var pagesRead: Int?
    /// In Unicode scalars, as far as it was read.
    let characters: Int
    let kept: String

    /// A PDF that nobody could look into.
    static let unread = FileText(reading: PDFText.unread.reading, characters: 0, kept: "")

    /// - Parameter deadline: when a PDF that is not read by then is left as it is.
    static func read(
        _ file: TemporaryFile,
        _ found: FileTyping.Found,
        limit: Int,
        by deadline: ContinuousClock.Instant
    ) throws -> FileText {
        if found.type == .pdf {
            let pdf = try PDFText.read(file, enough: limit, by: deadline)
            let kept = cut(tidy(pdf.text), toBytes: limit)
            return FileText(
                reading: pdf.reading == .whole && kept.isCut ? .beginning : pdf.reading,
                pages: pdf.pages,
                pagesRead: pdf.pagesRead,
                characters: tidy(pdf.text).unicodeScalars.count,
                kept: kept.text
            )
        }
        if found.type.isPicture { return FileText(reading: .picture, characters: 0, kept: "") }
        // Three more bytes than are kept, so that a cut scalar is beyond the limit.
        let bytes = try file.read(at: 0, length: min(file.size, limit + 3))
        let kept = cut(tidy(String(decoding: bytes, as: UTF8.self)), toBytes: limit)
        let isCut = kept.isCut || file.size > bytes.count
        return FileText(
            reading: isCut ? .beginning : .whole,
            characters: isCut ? found.characters : kept.text.unicodeScalars.count,
            kept: kept.text
        )
    }

    /// One kind of line end, no mark of the byte order, and no NUL, at which SQLite ends a text.
    private static func tidy(_ text: String) -> String {
        var text = text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        return text.replacing("\r\n", with: "\n").replacing("\0", with: "\u{FFFD}")
    }

    /// The beginning of a text, at a scalar.
    static func cut(_ text: String, toBytes limit: Int) -> (text: String, isCut: Bool) {
        guard text.utf8.count > limit else { return (text, false) }
        var scalars = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > limit { break }
            scalars.append(scalar)
        }
        return (String(scalars), true)
    }
}
