package import AsyncHTTPClient
import Foundation
import NIOCore
package import NIOHTTP1

extension LocalSite {
    /// An answer, read to its end.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: HTTPHeaders
        package let body: String

        package var location: String? { header("location") }

        package func header(_ name: String) -> String? { headers.first(name: name) }

        /// What the page's forms show that they are of this site's.
        package var formToken: String {
            body.firstMatch(of: /name="form_token" value="([^"]*)"/).map { String($0.output.1) } ?? ""
        }

        /// The body as a JSON object; empty if it is none.
        package var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
    }

    package func get(_ path: String, json: Bool = false) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.headers.add(name: "accept", value: json ? "application/json" : "text/html")
        return try await send(request)
    }

    /// Posts a form as a browser does.
    package func post(_ path: String, form: [(String, String)]) async throws -> Answer {
        let allowed = CharacterSet.alphanumerics
        let body = form.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
        }.joined(separator: "&")
        return try await post(path, encoded: body)
    }

    /// Posts a form whose body is encoded already.
    package func post(_ path: String, encoded body: String) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = .POST
        request.headers.add(name: "accept", value: "text/html")
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request)
    }

    /// Posts a JSON command.
    package func post(
        _ path: String,
        json body: String,
        id: String = UUID().uuidString
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = .POST
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "idempotency-key", value: id)
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request)
    }

    /// Posts the form that stands in `page` with this action, with its hidden fields and `fields`.
    package func submit(
        _ page: Answer,
        action: String,
        _ fields: [(String, String)] = []
    ) async throws -> Answer {
        let form = page.body.split(separator: "<form ").first { $0.contains("action=\"\(action)\"") }
        let hidden = (form ?? "").matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
            .map { (String($0.output.1), String($0.output.2)) }
        return try await post(action, form: hidden + fields)
    }

    package func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await http.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: String(buffer: body)
        )
    }

    /// Starts a discussion as a script does.
    ///
    /// - Returns: its path.
    package func start(_ topic: String) async throws -> String {
        let body = String(decoding: try JSONEncoder().encode(["topic": topic]), as: UTF8.self)
        let answer = try await post("/discussions", json: body)
        guard let location = answer.location else { throw DidNotStart(description: answer.body) }
        return location
    }

    /// Waits until the discussion waits for its person.
    ///
    /// - Returns: it, as JSON.
    package func waiting(_ path: String) async throws -> Answer {
        while true {
            let answer = try await get(path, json: true)
            if answer.json["waitingForAction"] as? Bool == true { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
