import Domain
import Store
import Uploads

/// The field by which files are chosen.
struct FileChoice {
    let hint: String
    /// For the browser's dialogue, which shows nothing else at first.
    let accept: String
    /// The form was refused: what was chosen is gone.
    let again: Bool
    /// It is what was wrong with the form.
    let isFault: Bool

    init(_ uploads: Uploads, again: Bool, isFault: Bool) {
        hint = "Up to \(uploads.limits.words): PDF, pictures, or text in UTF-8. \(uploads.scanWords)"
        accept = (FileType.allCases.map(\.rawValue) + [".md", ".csv", ".txt"]).joined(separator: ",")
        self.again = again
        self.isFault = isFault
    }
}

/// The form that adds files to a discussion.
struct FilesForm {
    let form: ActionForm
    let files: FileChoice
    let isOpen: Bool
}

/// A file as the discussion's page lists it.
struct FileEntry {
    let id: String
    let link: String
    let name: String
    /// Type, size, pages, and what the scanner said.
    let about: String
    /// How much of it models have seen.
    let seen: String

    init(_ file: DiscussionFile, views: [FileView]) {
        id = file.id.rawValue
        link = Links.file(file.id)
        name = file.name
        let pages = file.pages.map { [$0 == 1 ? "1 page" : "\($0) pages"] } ?? []
        let state = file.state == .clean ? "scanned, clean" : "not scanned: scanning is switched off"
        about = ([file.type.words, Self.size(file.size)] + pages + [state]).joined(separator: " · ") + "."
        seen = file.seen(views)
    }

    /// `812 bytes`, `12 KB`, `1.4 MB`.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case 1: "1 byte"
        case ..<1_000: "\(bytes) bytes"
        case ..<1_000_000: "\((bytes + 500) / 1_000) KB"
        default: "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000) MB"
        }
    }
}

extension FileType {
    /// In a person's words.
    var words: String {
        switch self {
        case .pdf: "PDF"
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .webp: "WebP"
        case .gif: "GIF"
        case .text: "text"
        case .markdown: "Markdown"
        case .csv: "CSV"
        }
    }
}

extension DiscussionFile {
    /// How much of it models have seen so far, in a person's words.
    fileprivate func seen(_ views: [FileView]) -> String {
        switch reading {
        case .noText: return "It holds no text, perhaps a scan: the models know only its name."
        case .encrypted: return "It has a password: the models know only its name."
        case .unreadable: return "It could not be read: the models know only its name."
        case .picture:
            let names = Set(views.filter(\.asPicture).map(\.provider)).map(\.displayName).sorted()
            return names.isEmpty
                ? "The models know its name; none that can see was shown it."
                : "Shown to \(names.joined(separator: ", ")); the others know its name."
        case .whole, .beginning, .part: break
        }
        guard let most = views.map(\.characters).max(), most > 0 else {
            return "No model has seen it yet."
        }
        if reading == .whole, most == characters { return "The models saw all of it." }
        let share = pagesRead == pages ? " of \(characters.grouped)" : ""
        let unread = reading == .part ? " Some pages could not be read." : ""
        return "The models saw the first \(most.grouped)\(share) characters.\(unread)"
    }
}

extension Int {
    /// `12,345`.
    fileprivate var grouped: String {
        var text = String(self)
        var at = text.count - 3
        while at > 0 {
            text.insert(",", at: text.index(text.startIndex, offsetBy: at))
            at -= 3
        }
        return text
    }
}
