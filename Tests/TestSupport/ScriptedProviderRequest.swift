import Foundation

extension ScriptedProvider {
    /// A request as it came over the wire.
    package struct RecordedRequest: Sendable {
        package let method: String
        package let path: String
        /// By names in lower case.
        package let headers: [String: String]
        package let body: String
        /// Which connection it came on, counted from 1.
        package let connection: Int

        /// The body as a JSON object; empty when it is none.
        package var json: [String: Any] {
            let object = try? JSONSerialization.jsonObject(with: Data(body.utf8))
            return object as? [String: Any] ?? [:]
        }

        /// The model that was asked for.
        package var model: String { json["model"] as? String ?? "" }

        /// Role and content of each message.
        package var messages: [(role: String, content: String)] {
            (json["messages"] as? [[String: Any]] ?? []).map {
                ($0["role"] as? String ?? "", $0["content"] as? String ?? "")
            }
        }

        /// Whether it asks for a chat answer.
        package var isChat: Bool { method == "POST" && path.hasSuffix("/chat/completions") }
    }
}
