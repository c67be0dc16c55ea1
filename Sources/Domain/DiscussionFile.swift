/// A file that a person has put on the table.
///
/// Its bytes lie in a file of their own, named by the id; its text, as far as models are given it, is kept
/// beside it in the store.
package struct DiscussionFile: Sendable, Hashable, Codable {
    /// What the scanner said of it; a file that it refused never gets here.
    package enum State: String, Sendable, Hashable, Codable {
        case clean
        /// Scanning was switched off.
        case unscanned
    }

    /// What of it models can be given.
    package enum Reading: String, Sendable, Hashable, Codable {
        /// All of its text.
        case whole
        /// The beginning of its text: the rest is over the limit.
        case beginning
        /// What could be read of it; some pages took too long, or could not be read.
        case part
        /// A picture, for models that can see.
        case picture
        /// A PDF without any text, such as a scan.
        case noText
        /// A PDF with a password.
        case encrypted
        /// A PDF that the reader could not make anything of.
        case unreadable
    }

    package let id: FileID
    /// Text to show, never a path.
    package let name: String
    package let type: FileType
    /// In bytes.
    package let size: Int
    package let state: State
    /// Of its bytes, in lower-case hexadecimals.
    package let sha256: String
    /// Of a PDF, if they could be counted.
    @ExplicitNull package var pages: Int?
    /// So many of them were read.
    @ExplicitNull package var pagesRead: Int?
    /// Its text's length in Unicode scalars, as far as it was read.
    package let characters: Int
    /// So many of them are kept for the models.
    package let kept: Int
    package let reading: Reading

    package init(
        id: FileID,
        name: String,
        type: FileType,
        size: Int,
        state: State,
        sha256: String,
        pages: Int? = nil,
        pagesRead: Int? = nil,
        characters: Int,
        kept: Int,
        reading: Reading
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.size = size
        self.state = state
        self.sha256 = sha256
        self.pages = pages
        self.pagesRead = pagesRead
        self.characters = characters
        self.kept = kept
        self.reading = reading
    }
}

package typealias FileID = Identifier<DiscussionFile>

/// The types that a file may have; the raw value is the media type.
package enum FileType: String, Sendable, Hashable, Codable, CaseIterable {
    case pdf = "application/pdf"
    case png = "image/png"
    case jpeg = "image/jpeg"
    case webp = "image/webp"
    case gif = "image/gif"
    case text = "text/plain"
    case markdown = "text/markdown"
    case csv = "text/csv"

    package var isPicture: Bool {
        switch self {
        case .png, .jpeg, .webp, .gif: true
        case .pdf, .text, .markdown, .csv: false
        }
    }
}

/// A provider that was given a file, or a part of it.
package struct FileView: Sendable, Hashable, Codable {
    package let file: FileID
    package let provider: ProviderID
    package let model: String
    /// Of its text, at most, in one prompt.
    package let characters: Int
    /// It was given as a picture.
    package let asPicture: Bool

    package init(file: FileID, provider: ProviderID, model: String, characters: Int, asPicture: Bool) {
        self.file = file
        self.provider = provider
        self.model = model
        self.characters = characters
        self.asPicture = asPicture
    }
}

/// A file that is about to be put on the table: its bytes lie under its id already.
package struct NewFile: Sendable, Hashable {
    package let file: DiscussionFile
    /// What models may be given of it.
    package let text: String

    package init(file: DiscussionFile, text: String) {
        self.file = file
        self.text = text
    }
}
