package import Foundation

/// A client that knows docs/EVENTS.md and nothing else: it begins with nothing and applies events.
package struct EventApplier {
    package private(set) var discussion: [String: Any] = [:]
    package private(set) var cursor = 0

    package init() {}

    /// Applies the events of a poll's answer up to `limit`.
    package mutating func apply(_ answer: [String: Any], upTo limit: Int) {
        for event in answer["events"] as? [[String: Any]] ?? [] {
            guard let id = event["id"] as? Int, id <= limit, id > cursor else { continue }
            apply(event["type"] as? String ?? "", event["data"] as? [String: Any] ?? [:])
            cursor = id
        }
    }

    private mutating func apply(_ type: String, _ data: [String: Any]) {
        if let status = data["status"] {
            discussion["status"] = status
            discussion["activity"] = data["activity"]
        }
        if let cost = data["cost"] { discussion["cost"] = cost }
        switch type {
        case "discussion-started":
            discussion["cost"] = ["usd": NSNull(), "promptTokens": 0, "completionTokens": 0, "unpriced": 0]
            for key in ["topic", "place", "panel"] { discussion[key] = data[key] }
            discussion["rounds"] = [[String: Any]]()
            discussion["summaries"] = [[String: Any]]()
            discussion["resolution"] = NSNull()
            discussion["files"] = [[String: Any]]()
        case "file-added":
            discussion["files"] = (discussion["files"] as? [Any] ?? []) + [data["file"] ?? ""]
        case "round-start":
            rounds.append([
                "number": data["round"] ?? 0, "complete": false, "messages": [[String: Any]](),
                "questionSet": NSNull(), "answers": NSNull(), "userInput": [String](),
            ])
        case "message-start":
            var message = data
            message["id"] = message.removeValue(forKey: "messageId")
            message["round"] = nil
            message["content"] = ""
            message["finished"] = false
            edit(round: data["round"]) { $0["messages"] = ($0["messages"] as? [Any] ?? []) + [message] }
        case "message-chunk":
            edit(message: data["messageId"]) { message in
                let before = (message["content"] as? String ?? "").utf8.prefix(data["offset"] as? Int ?? 0)
                message["content"] = (String(before) ?? "") + (data["text"] as? String ?? "")
            }
        case "message-restart":
            edit(message: data["messageId"]) { message in
                message["content"] = ""
                message["provider"] = data["provider"]
                message["model"] = data["model"]
            }
        case "message-complete":
            let complete = data["message"] as? [String: Any] ?? [:]
            edit(message: complete["id"]) { $0 = complete }
        case "round-complete":
            edit(round: data["round"]) { $0["complete"] = true }
        case "user-input":
            edit(round: data["round"]) {
                $0["userInput"] = ($0["userInput"] as? [Any] ?? []) + [data["input"] ?? ""]
            }
        case "questions-generated":
            edit(round: data["round"]) {
                $0["questionSet"] = data["questionSet"]
                $0["answers"] = NSNull()
            }
        case "answers-submitted":
            edit(round: data["round"]) { $0["answers"] = data["answers"] }
        case "summary-created":
            discussion["summaries"] = (discussion["summaries"] as? [Any] ?? []) + [data["summary"] ?? ""]
        case "discussion-resolved":
            discussion["resolution"] = data["resolution"]
        case "discussion-reopened":
            discussion["resolution"] = NSNull()
        default:
            break
        }
    }

    private var rounds: [[String: Any]] {
        get { discussion["rounds"] as? [[String: Any]] ?? [] }
        set { discussion["rounds"] = newValue }
    }

    private mutating func edit(round number: Any?, _ change: (inout [String: Any]) -> Void) {
        guard let index = rounds.firstIndex(where: { $0["number"] as? Int == number as? Int }) else { return }
        change(&rounds[index])
    }

    private mutating func edit(message id: Any?, _ change: (inout [String: Any]) -> Void) {
        for index in rounds.indices {
            var messages = rounds[index]["messages"] as? [[String: Any]] ?? []
            guard let place = messages.firstIndex(where: { $0["id"] as? String == id as? String }) else {
                continue
            }
            change(&messages[place])
            rounds[index]["messages"] = messages
        }
    }

    /// What a fetched discussion must equal: the same keys, without those that no event tells of.
    package static func comparable(_ fetched: [String: Any]) -> NSDictionary {
        var picture: [String: Any] = [:]
        for key in [
            "topic", "place", "panel", "status", "activity", "summaries", "resolution", "files", "cost",
        ] {
            picture[key] = fetched[key]
        }
        picture["rounds"] = (fetched["rounds"] as? [[String: Any]] ?? []).map { round -> [String: Any] in
            var round = round
            round["messages"] = (round["messages"] as? [[String: Any]] ?? []).map {
                message -> [String: Any] in
                // Of a message that is being spoken, its start and its chunks tell this much.
                guard message["finished"] as? Bool == false else { return message }
                return message.filter {
                    ["id", "seat", "persona", "turn", "provider", "model", "content"].contains($0.key)
                }
            }
            return round
        }
        return picture as NSDictionary
    }
}
