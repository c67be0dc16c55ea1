package import Foundation

/// A file that belongs to a discussion, as exports and backups name it; its bytes lie beside them.
package struct KeptFile: Sendable, Hashable, Codable {
    /// Who was given what of it.
    package struct View: Sendable, Hashable, Codable {
        package let provider: ProviderID
        package let model: String
        /// Of its text, the most that one prompt held.
        package let characters: Int
        package let asPicture: Bool

        package init(provider: ProviderID, model: String, characters: Int, asPicture: Bool) {
            self.provider = provider
            self.model = model
            self.characters = characters
            self.asPicture = asPicture
        }
    }

    package var id: String
    package let name: String
    package let type: String
    /// In bytes.
    package let size: Int
    package let sha256: String
    package let state: String
    @ExplicitNull package var pages: Int?
    @ExplicitNull package var pagesRead: Int?
    package let characters: Int
    package let kept: Int
    package let reading: String
    /// What models may be given of it.
    package let text: String
    package let createdAt: Date
    package let views: [View]

    package init(
        id: String,
        name: String,
        type: String,
        size: Int,
        sha256: String,
        state: String,
        pages: Int? = nil,
        pagesRead: Int? = nil,
        characters: Int,
        kept: Int,
        reading: String,
        text: String,
        createdAt: Date,
        views: [View]
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.size = size
        self.sha256 = sha256
        self.state = state
        self.pages = pages
        self.pagesRead = pagesRead
        self.characters = characters
        self.kept = kept
        self.reading = reading
        self.text = text
        self.createdAt = createdAt
        self.views = views
    }
}
