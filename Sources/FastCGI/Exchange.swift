internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// One request from its head to its end records.
final class Exchange: Sendable {
    /// Why a request may not reach the responder.
    enum Admission {
        case admitted
        case tooManyRequests
    }

    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let connection: Connection
    private let request: LibFCGIRequest
    private let head: HeadScanner.Head
    private let received: ByteBuffer
    private let admission: Admission
    private let context: ServerContext
    private let loop: EventLoop
    private let state = Mutex(State())

    init(
        connection: Connection,
        request: LibFCGIRequest,
        head: HeadScanner.Head,
        received: ByteBuffer,
        admission: Admission,
        context: ServerContext,
        loop: EventLoop
    ) {
        self.connection = connection
        self.request = request
        self.head = head
        self.received = received
        self.admission = admission
        self.context = context
        self.loop = loop
    }

    /// Starts the request's task, which inherits the caller's task-local values.
    func start() {
        let task = Task { await run() }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Cancels the task, also one that has not started yet.
    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    private func run() async {
        let head = RequestHead(request)
        let intake = BodyIntake(
            requestID: self.head.requestID,
            received: received,
            declaredLength: head?.contentLength,
            connection: connection,
            threads: context.threads,
            stallLimit: context.configuration.stallLimit
        )
        let isComplete = await serve(head, intake)
        loop.finished(
            connection,
            leftover: isComplete && self.head.keepsConnection ? intake.takeLeftover() : nil,
            counted: admission == .admitted
        )
    }

    /// Answers, drains the body, writes the end; true if the connection can carry another request.
    private func serve(_ head: RequestHead?, _ intake: BodyIntake) async -> Bool {
        let output = ResponseOutput(
            request: request,
            connection: connection,
            threads: context.threads,
            stallLimit: context.configuration.stallLimit
        )
        do {
            do {
                let response = try await respond(to: head, intake)
                try await send(response, toHead: head?.request.method == .head, output)
            } catch {
                guard !output.hasBegun, canStillAnswer(error) else { throw error }
                try await send(failure(for: error), toHead: head?.request.method == .head, output)
            }
            if !intake.isKnownToBeEmpty() {
                try await output.flush()
                try await intake.drain()
            }
            try await output.end()
            return true
        } catch {
            log(error)
            return false
        }
    }

    private func respond(to head: RequestHead?, _ intake: BodyIntake) async throws -> Response {
        guard let head else { return .plain(.badRequest) }
        guard admission == .admitted else {
            return .plain(.serviceUnavailable, [.retryAfter: "1"])
        }
        let isEmpty = intake.isKnownToBeEmpty() && (intake.declaredLength ?? 0) == 0
        let body =
            isEmpty
            ? RequestBody(buffer: ByteBuffer())
            : RequestBody(asyncSequence: RequestBodyStream(intake: intake))
        return try await context.respond(Request(head: head.request, body: body), head.parameters)
    }

    private func send(_ response: Response, toHead isHead: Bool, _ output: ResponseOutput) async throws {
        output.begin(ResponseHead.encode(response))
        guard ResponseHead.hasBody(response, toHead: isHead) else { return }
        output.flushesEachWrite = response.body.contentLength == nil
        try await response.body.write(BodyWriter(output: output))
    }

    /// After a fault in the stream itself nothing more can be said on it.
    private func canStillAnswer(_ error: any Error) -> Bool {
        !(connection.hasGone || error is PeerHasGone || error is PeerIsTooSlow || error is ProtocolFault)
    }

    /// The answer in place of one that could not be made.
    private func failure(for error: any Error) -> Response {
        if error is CancellationError { return .plain(.serviceUnavailable, [.retryAfter: "1"]) }
        if error is RequestBodyError { return .plain(.badRequest) }
        context.logger.error("Request failed before its response began", metadata: ["error": "\(error)"])
        return .plain(.internalServerError)
    }

    /// One line for a connection that ends here; a peer that has gone is everyday.
    private func log(_ error: any Error) {
        switch error {
        case is PeerHasGone, is CancellationError:
            context.logger.debug("Request ended early", metadata: ["reason": "\(type(of: error))"])
        case let fault as ProtocolFault:
            context.logger.warning("FastCGI connection ended", metadata: ["reason": "\(fault)"])
        case is PeerIsTooSlow:
            context.logger.warning("FastCGI connection ended", metadata: ["reason": "the peer stalled"])
        default:
            if connection.hasGone { return context.logger.debug("Request ended early") }
            context.logger.error("Response broke off", metadata: ["error": "\(error)"])
        }
    }
}

extension Response {
    /// A short answer in plain text, made where no page can be.
    fileprivate static func plain(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:]) -> Response {
        var headers = fields
        headers[.contentType] = "text/plain; charset=utf-8"
        let text = "\(status.code) \(status.reasonPhrase)\n"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
