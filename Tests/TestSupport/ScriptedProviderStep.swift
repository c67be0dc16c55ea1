import Foundation

extension ScriptedProvider {
    /// One thing that an answer does.
    ///
    /// A step that needs a head sends `head()` first if none was sent.
    package enum Step: Sendable {
        /// Status and headers of a streamed answer; an event stream unless the headers say another type.
        case head(status: Int = 200, headers: [String: String] = [:])
        /// A whole answer at once, with its length: errors, documents.
        case reply(status: Int, headers: [String: String] = [:], body: String)
        /// The first chunk of most servers: a role, and a content of null.
        case role
        /// A chunk that adds text.
        case chunk(String)
        /// A chunk that says why the model stopped.
        case finish(String = "stop")
        /// A chunk without choices that tells the usage.
        case usage(prompt: Int, completion: Int)
        /// An event with this data.
        case event(String)
        /// A comment line, as some providers send to keep a connection alive.
        case comment(String)
        /// Bytes of the body, as they are.
        case raw([UInt8])
        /// Text of the body, as it is.
        case text(String)
        /// Sends no more until the test opens the gate.
        case wait(Gate)
        /// Sends no more for so long: for slow speakers, not for synchronising.
        case pause(Duration)
        /// `[DONE]`.
        case done
        /// Closes the connection without the end of the body.
        case close
        /// Resets the connection.
        case reset
        /// Sends nothing more until the client goes away.
        case hang
    }
}

extension [ScriptedProvider.Step] {
    /// A well-behaved answer: role, one chunk a word, a reason, usage, `[DONE]`.
    ///
    /// - Parameter pause: between words.
    package static func answer(
        _ text: String,
        pause: Duration? = nil,
        finish: String = "stop",
        prompt: Int = 10
    ) -> [ScriptedProvider.Step] {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset == 0 ? String($0.element) : " \($0.element)" }
        let spoken = words.flatMap { word -> [ScriptedProvider.Step] in
            pause.map { [.pause($0), .chunk(word)] } ?? [.chunk(word)]
        }
        return [.role] + spoken
            + [.finish(finish), .usage(prompt: prompt, completion: words.count), .done]
    }

    /// An error in the shape that most vendors use.
    package static func refusal(
        status: Int,
        code: String = "scripted",
        message: String = "scripted refusal",
        headers: [String: String] = [:]
    ) -> [ScriptedProvider.Step] {
        let body = """
            {"error":{"message":\(ScriptedProvider.quoted(message)),"type":"invalid_request_error",\
            "code":\(ScriptedProvider.quoted(code))}}
            """
        return [.reply(status: status, headers: headers, body: body)]
    }
}

extension ScriptedProvider {
    /// Text as a JSON string.
    package static func quoted(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
