import Domain
import Foundation
import Providers
import Store

/// The files of a discussion as material of one provider's prompt: what fits, and what it is told of the rest.
package struct FileMaterial: Sendable {
    package static let none = FileMaterial(parts: [], pictures: [], views: [], tokens: 0)

    let parts: [String]
    let pictures: [ChatPicture]
    /// Who is given what by it.
    let views: [FileView]
    /// By our estimate.
    let tokens: Int

    /// The files' names, for whoever needs no more.
    static func names(_ files: [DiscussionFile]) -> String {
        (["Files on the table, which the voices have before them:"] + files.map { Material.file($0.name) })
            .joined(separator: "\n")
    }
}

/// The files on a table, with what models may be given of them.
struct TableFiles: Sendable {
    let files: [DiscussionFile]
    let texts: [FileID: String]
    /// Those that are small enough to be shown, as far as they were asked for.
    let pictures: [FileID: ChatPicture]

    /// Bytes of all pictures of a prompt together: in base64 they come to 4 MB, the most that Groq takes.
    static let mostPictureBytes = 3_000_000

    /// Pictures of one prompt: Groq's models take five in a request, and the other vendors more.
    static let mostPictures = 5

    /// What `provider` is given.
    ///
    /// - Parameter budget: of the whole prompt, in tokens; files take half of it at most.
    func material(for provider: GuardedProvider, _ limits: Engine.Limits, budget: Int) -> FileMaterial {
        guard !files.isEmpty else { return .none }
        let sees = limits.seeing.contains(provider.id)
        // Bytes, as the estimate counts them.
        var room = min(limits.fileTokens, budget / 2) * 3
        let listed = list(in: &room)
        let shown = sees ? show(of: listed, in: &room) : []
        let texts = listed.map { self.texts[$0.id] ?? "" }
        let shares = Self.shares(texts.map(Material.mostBytes(disarming:)), of: room)
        var parts = [Self.heading]
        var views: [FileView] = []
        for (file, (text, share)) in zip(listed, zip(texts, shares)) {
            // Disarming makes a text longer: cut before, so that little is looked through, and after.
            let text = Self.cut(Material.disarmed(Self.cut(text, toBytes: share)), toBytes: share)
            let picture = shown.contains(file.id)
            let given = text.unicodeScalars.count
            parts.append(
                Material.file(file.name, note: file.note(given: given, picture: picture, sees: sees), text)
            )
            guard given > 0 || picture else { continue }
            views.append(
                FileView(
                    file: file.id,
                    provider: provider.id,
                    model: provider.model,
                    characters: given,
                    asPicture: picture
                )
            )
        }
        if listed.count < files.count { parts.append(Self.unlisted(files.count - listed.count)) }
        return FileMaterial(
            parts: parts,
            pictures: shown.compactMap { pictures[$0] },
            views: views,
            tokens: parts.reduce(0) { $0 + Tokens.estimate($1) } + shown.count * Tokens.picture
        )
    }

    private static let heading = "Files that the person put on the table:"

    private static func unlisted(_ count: Int) -> String {
        "(There is no room here for what else is on the table: files, \(count) of them.)"
    }

    /// The files that can be told of, name and note, and what that leaves of `room`.
    private func list(in room: inout Int) -> [DiscussionFile] {
        // Two line ends stand before each part.
        room -= Self.heading.utf8.count + Self.unlisted(files.count).utf8.count + 4
        let listed = files.prefix { file in
            let bytes = Material.file(file.name, note: file.longestNote, "").utf8.count + 2
            guard bytes <= room else { return false }
            room -= bytes
            return true
        }
        room = max(0, room)
        return Array(listed)
    }

    /// The pictures that there is room for, in the order in which they came, and what that leaves of `room`.
    private func show(of listed: [DiscussionFile], in room: inout Int) -> [FileID] {
        let fitting = min(Self.mostPictures, room / (Tokens.picture * 3))
        let shown = listed.map(\.id).filter { pictures[$0] != nil }.prefix(fitting)
        room -= shown.count * Tokens.picture * 3
        return Array(shown)
    }

    /// Divides `room`: each has what it needs, or as much as every other that needs more.
    static func shares(_ needs: [Int], of room: Int) -> [Int] {
        var shares = needs.map { _ in 0 }
        var left = room
        let order = needs.indices.sorted { needs[$0] < needs[$1] }
        for (done, index) in order.enumerated() {
            shares[index] = min(needs[index], left / (needs.count - done))
            left -= shares[index]
        }
        return shares
    }

    private static func cut(_ text: String, toBytes limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var scalars = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > limit { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

extension Engine {
    /// The files of a discussion, with their texts, and with the pictures that somebody in the chain may see.
    func tableFiles(of transcript: Transcript) async throws -> TableFiles {
        let listed = transcript.files
        guard !listed.isEmpty else { return TableFiles(files: [], texts: [:], pictures: [:]) }
        let id = transcript.discussion.id
        let texts = try await store.read { reader in try reader.listFileTexts(of: id) }
        var pictures: [FileID: ChatPicture] = [:]
        if let files, !limits.seeing.isEmpty {
            var left = TableFiles.mostPictureBytes
            for file in listed where file.type.isPicture && file.size <= left {
                guard let data = files.read(file.id, limit: left) else { continue }
                left -= data.count
                pictures[file.id] = ChatPicture(type: file.type.rawValue, base64: data.base64EncodedString())
            }
        }
        return TableFiles(files: listed, texts: texts, pictures: pictures)
    }
}

extension DiscussionFile {
    /// What a model is told about what it is given; `sees`: it can be shown pictures.
    fileprivate func note(given: Int, picture: Bool, sees: Bool) -> String {
        switch reading {
        case .picture:
            return picture
                ? "a picture, shown with this message"
                : sees ? "a picture, not shown: no room" : "a picture, which you cannot see"
        case .noText: return "a PDF without text, such as a scan: you have only its name"
        case .encrypted: return "a PDF with a password: you have only its name"
        case .unreadable: return "a PDF that could not be read: you have only its name"
        case .whole where given == characters: return "the whole text"
        case .whole, .beginning, .part: break
        }
        let of = pagesRead == pages ? " of \(characters)" : ""
        let some = reading == .part ? "; some pages could not be read" : ""
        return "the first \(given)\(of) characters; the rest is left out\(some)"
    }

    /// None that this file may get has more bytes.
    fileprivate var longestNote: String {
        let notes = [characters, max(0, characters - 1)].map { note(given: $0, picture: true, sees: true) }
        return notes.max { $0.utf8.count < $1.utf8.count } ?? ""
    }
}
