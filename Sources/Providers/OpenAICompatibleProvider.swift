import AsyncHTTPClient
package import Domain
import Foundation
import NIOCore
import NIOHTTP1

/// A provider behind `POST {base}/chat/completions`, as OpenAI shaped it and everybody followed.
///
/// One request per answer, for as long as it goes on: time limits, retries and breakers are ``GuardedProvider``'s.
package struct OpenAICompatibleProvider: ChatProvider {
    package let endpoint: ProviderEndpoint
    let http: HTTPClient

    package var id: ProviderID { endpoint.id }
    package var model: String { endpoint.model }

    package func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        let response = try await head(of: try httpRequest(request))
        guard response.status == .ok else { throw await refusal(response) }
        guard response.isStream else { throw await misplacedDocument(response) }

        var pieces = ResponsePieces(response.body)
        var parser = SSEParser()
        var decoder = ChatStreamDecoder(provider: id, requestedModel: model, key: endpoint.apiKey)
        do {
            while !decoder.isDone, let piece = try await pieces.next() {
                for event in try parser.feed(piece.readableBytesView) {
                    if let text = try decoder.text(from: event) { try await onText(text) }
                }
            }
            if !decoder.isDone, let event = try parser.finish() {
                if let text = try decoder.lastText(from: event) { try await onText(text) }
            }
        } catch let broken as ResponsePieces.Broken {
            try Task.checkCancellation()
            guard decoder.hasFinished else { throw fault(TransportFault.afterHead(broken.cause)) }
        } catch is SSEParser.TooLarge {
            throw fault(.malformed(.tooLarge))
        }
        // A cancelled body ends like a complete one.
        try Task.checkCancellation()
        let completion = try decoder.completion()
        ResponsePieces.drainForReuse(pieces)
        return completion
    }

    private func httpRequest(_ request: ChatRequest) throws -> HTTPClientRequest {
        var post = HTTPClientRequest(url: "\(endpoint.baseURL)/chat/completions", endpoint: endpoint)
        post.method = .POST
        post.headers.add(name: "Content-Type", value: "application/json")
        post.headers.add(name: "Accept", value: "text/event-stream")
        post.body = .bytes(ByteBuffer(string: try ChatRequestBody.json(request, to: endpoint)))
        return post
    }

    private func head(of request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await http.execute(request, deadline: .distantFuture)
        } catch {
            try Task.checkCancellation()
            throw fault(TransportFault.beforeHead(error))
        }
    }

    private func refusal(_ response: HTTPClientResponse) async -> ProviderError {
        let body = await response.beginning()
        let pause = response.headers.first(name: "Retry-After").flatMap { RetryAfter.duration($0) }
        let refusal = Refusal(body: body, key: endpoint.apiKey)
        return fault(refusal.fault(status: Int(response.status.code), retryAfter: pause))
    }

    /// A 200 with a document: an error that should have had a status, or another kind of server.
    private func misplacedDocument(_ response: HTTPClientResponse) async -> ProviderError {
        let body = await response.beginning()
        let chunk = try? JSONDecoder().decode(ChatChunk.self, from: Data(body.utf8))
        guard let chunk, chunk.hasError else { return fault(.malformed(.notAStream)) }
        return fault(Refusal(body: body, key: endpoint.apiKey).faultInMidStream)
    }

    private func fault(_ fault: ProviderError.Fault) -> ProviderError {
        ProviderError(provider: id, fault: fault)
    }
}

extension HTTPClientRequest {
    /// A request to a provider: its key goes into this header and nowhere else.
    init(url: String, endpoint: ProviderEndpoint) {
        self.init(url: url)
        headers.add(name: "User-Agent", value: "Parley")
        if let key = endpoint.apiKey {
            headers.add(name: "Authorization", value: "Bearer \(key.secret)")
        }
    }
}

extension HTTPClientResponse {
    /// Servers that forget the type, or call it text, are read as streams; documents are not.
    fileprivate var isStream: Bool {
        let type = headers.first(name: "Content-Type")?.lowercased() ?? ""
        return !type.hasPrefix("text/html") && !type.hasPrefix("application/json")
    }

    /// The first 16 KB of the body, or what came of them: enough to know an error by.
    fileprivate func beginning() async -> String {
        var bytes = ByteBuffer()
        do {
            for try await piece in body {
                bytes.writeImmutableBuffer(piece)
                if bytes.readableBytes >= 16_384 { break }
            }
        } catch {
            // The status alone says most; a body that breaks off must not hide it.
        }
        return String(buffer: bytes.getSlice(at: 0, length: min(bytes.readableBytes, 16_384)) ?? bytes)
    }
}
