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
        let names = files.map { "- \($0.name.replacing("<", with: "‹"))" }
        return "Files on the table, which the voices have before them:\n" + names.joined(separator: "\n")
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

    /// What `provider` is given.
    ///
    /// - Parameter budget: of the whole prompt, in tokens; files take half of it at most.
    func material(for provider: GuardedProvider, _ limits: Engine.Limits, budget: Int) -> FileMaterial {
        guard !files.isEmpty else { return .none }
        let sees = limits.seeing.contains(provider.id)
        // Bytes, as the estimate counts them; what stands around each text counts too, and is small.
        let room = min(limits.fileTokens, budget / 2) * 3
        let shares = Self.shares(files.map { texts[$0.id]?.utf8.count ?? 0 }, of: room)
        var parts = ["Files that the person put on the table:"]
        var shown: [ChatPicture] = []
        var views: [FileView] = []
        for (file, share) in zip(files, shares) {
            let text = Self.cut(texts[file.id] ?? "", toBytes: share)
            let picture = sees ? pictures[file.id] : nil
            let given = text.unicodeScalars.count
            parts.append(
                Material.file(file.name, note: file.note(given: given, picture: picture != nil), text)
            )
            if let picture { shown.append(picture) }
            guard given > 0 || picture != nil else { continue }
            views.append(
                FileView(
                    file: file.id,
                    provider: provider.id,
                    model: provider.model,
                    characters: given,
                    asPicture: picture != nil
                )
            )
        }
        return FileMaterial(
            parts: parts,
            pictures: shown,
            views: views,
            tokens: parts.reduce(0) { $0 + Tokens.estimate($1) } + shown.count * Tokens.picture
        )
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
    /// What a model is told about what it is given.
    fileprivate func note(given: Int, picture: Bool) -> String {
        switch reading {
        case .picture:
            return picture ? "a picture, shown with this message" : "a picture, which you cannot see"
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
}
