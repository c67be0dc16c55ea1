import Synchronization

/// A provider that does as a test says: a real HTTP/1.1 server on a port of its own, one thread a connection.
///
///     let provider = try ScriptedProvider { request in .answer("I think so.") }
///     defer { provider.stop() }
package final class ScriptedProvider: Sendable {
    /// What to answer to a request; called on the connection's thread.
    package typealias Rule = @Sendable (RecordedRequest) -> [Step]

    /// With the version, as a setting wants it.
    package let baseURL: String
    package let port: Int
    private let server: ScriptedProviderServer

    /// - Parameter models: what `GET …/models` lists, without asking the rule; nil leaves it to the rule.
    package init(models: [String]? = ["scripted"], rule: @escaping Rule) throws {
        server = try ScriptedProviderServer { request in
            guard let models, request.method == "GET", request.path.hasSuffix("/models") else {
                return rule(request)
            }
            let list = models.map { #"{"id":\#(Self.quoted($0)),"object":"model"}"# }.joined(separator: ",")
            let headers = ["Content-Type": "application/json"]
            return [.reply(status: 200, headers: headers, body: #"{"object":"list","data":[\#(list)]}"#)]
        }
        port = server.port
        baseURL = "http://127.0.0.1:\(server.port)/v1"
        server.start()
    }

    /// Answers the first chat request by the first script, and so on; the last script serves all that follow.
    package convenience init(scripts: [Step]...) throws {
        let served = Counter()
        try self.init { _ in
            scripts.isEmpty ? [] : scripts[min(served.next(), scripts.count - 1)]
        }
    }

    deinit {
        server.stop()
    }

    /// All requests so far, probes included.
    package var requests: [RecordedRequest] { server.state.withLock { $0.requests } }

    /// The requests for an answer.
    package var chats: [RecordedRequest] { requests.filter(\.isChat) }

    /// How many connections the client has closed while an answer was not complete.
    package var abandoned: Int { server.state.withLock { $0.abandoned } }

    /// How many connections are open.
    package var openConnections: Int { server.state.withLock { $0.open.count } }

    /// Closes the port and every connection.
    package func stop() {
        server.stop()
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
