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

    private enum State {
        case new
        case running(Task<Void, Never>)
        /// The task has ended; the answer waits for its body.
        case parked(Parked)
        case cancelled
        case writing
    }

    private struct Parked {
        let late: LateBody
        let head: ByteBuffer
        /// The beginning of a next request; nil if the connection can carry none.
        let leftover: ByteBuffer?
    }

    private let connection: Connection
    private let request: LibFCGIRequest
    private let head: HeadScanner.Head
    /// Read together with the head; gone once the body's intake has it, since it holds a whole read's memory.
    private let received: Mutex<ByteBuffer>
    private let admission: Admission
    private let context: ServerContext
    private let loop: EventLoop
    private let state = Mutex(State.new)

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
        self.received = Mutex(received.readableBytes == 0 ? ByteBuffer() : received)
        self.admission = admission
        self.context = context
        self.loop = loop
    }

    /// Starts the request's task, which inherits the caller's task-local values.
    func start() {
        let task = Task { await run() }
        let isCancelled = state.withLock { state in
            if case .new = state { state = .running(task) }
            if case .cancelled = state { return true }
            return false
        }
        if isCancelled { task.cancel() }
    }

    /// Cancels the task, also one that has not started yet; an answer that waits for its body is given up.
    func cancel() {
        let (task, parked): (Task<Void, Never>?, Parked?) = state.withLock { state in
            switch state {
            case .new:
                state = .cancelled
                return (nil, nil)
            case .running(let task): return (task, nil)
            case .parked(let parked):
                state = .writing
                return (nil, parked)
            case .cancelled, .writing: return (nil, nil)
            }
        }
        task?.cancel()
        guard let parked else { return }
        parked.late.cancel()
        guard !connection.hasGone else { return finished(leftover: nil) }
        var refusal = ResponseHead.encode(.plain(.serviceUnavailable, [.retryAfter: "1"]))
        refusal.writeString("503 Service Unavailable\n")
        write(refusal, leftover: parked.leftover)
    }

    private func run() async {
        guard let late = await answer() else { return }
        // Here the task ends, and all that it held: see LateBody.
        late.start { [self] body in
            let parked: Parked? = state.withLock { state in
                guard case .parked(let parked) = state else { return nil }
                state = .writing
                return parked
            }
            guard let parked else { return }
            write(ResponseHead.join(parked.head, body), leftover: parked.leftover)
        }
    }

    /// Answers the request; or, if its body comes later, leaves the exchange parked.
    private func answer() async -> LateBody? {
        let head = RequestHead(request)
        let intake = BodyIntake(
            requestID: self.head.requestID,
            received: received.withLock { received in
                defer { received = ByteBuffer() }
                return received
            },
            declaredLength: head?.contentLength,
            connection: connection,
            threads: context.threads,
            stallLimit: context.configuration.stallLimit
        )
        switch await serve(head, intake) {
        case .complete(let isWhole):
            finished(leftover: isWhole && self.head.keepsConnection ? intake.takeLeftover() : nil)
            return nil
        case .later(let late, let bytes):
            let parked = Parked(
                late: late,
                head: bytes,
                leftover: self.head.keepsConnection ? intake.takeLeftover() : nil
            )
            // Set before the cancellation is looked at: either it is seen here, or it finds what is parked.
            let wasCancelled = state.withLock { state in
                defer { state = .parked(parked) }
                if case .cancelled = state { return true }
                return Task.isCancelled
            }
            if wasCancelled || connection.hasGone {
                cancel()
                return nil
            }
            return late
        }
    }

    private func finished(leftover: ByteBuffer?) {
        loop.finished(connection, leftover: leftover, counted: admission == .admitted)
    }

    /// Writes a whole answer from an I/O thread.
    ///
    /// What the socket does not take at once waits in a task.
    private func write(_ bytes: ByteBuffer, leftover: ByteBuffer?) {
        context.lateWrites.add { [self] isActive in
            guard isActive else { return finished(leftover: nil) }
            switch request.push(bytes, ending: loop.handsOver.load(ordering: .relaxed) ? .last : .kept) {
            case .done: finished(leftover: leftover)
            case .failed: finished(leftover: nil)
            case .blocked(let taken):
                var rest = bytes
                rest.moveReaderIndex(forwardBy: taken)
                writeSlowly(rest, leftover: leftover)
            }
        }
    }

    private func writeSlowly(_ bytes: ByteBuffer, leftover: ByteBuffer?) {
        let task = Task {
            let output = ResponseOutput(
                request: request,
                connection: connection,
                threads: context.threads,
                stallLimit: context.configuration.stallLimit,
                isLast: { [loop] in loop.handsOver.load(ordering: .relaxed) }
            )
            do {
                try await connection.wait(for: .writing, atMost: context.configuration.stallLimit)
                output.begin(bytes)
                try await output.end()
                finished(leftover: leftover)
            } catch {
                log(error)
                finished(leftover: nil)
            }
        }
        state.withLock { $0 = .running(task) }
        if connection.hasGone { task.cancel() }
    }

    private enum Outcome {
        /// Everything is said; whether the connection can carry another request.
        case complete(Bool)
        /// The body comes later, after these bytes.
        case later(LateBody, ByteBuffer)
    }

    /// Answers, drains the body, writes the end.
    private func serve(_ head: RequestHead?, _ intake: BodyIntake) async -> Outcome {
        let output = ResponseOutput(
            request: request,
            connection: connection,
            threads: context.threads,
            stallLimit: context.configuration.stallLimit,
            isLast: { [loop] in loop.handsOver.load(ordering: .relaxed) }
        )
        do {
            do {
                let response = try await respond(to: head, intake)
                if let late = head?.parameters.late.take() {
                    if head?.request.method != .head {
                        do {
                            try await intake.drain()
                        } catch {
                            // Nobody else knows of it any more.
                            late.cancel()
                            throw error
                        }
                        return .later(late, ResponseHead.encodeOpen(response))
                    }
                    late.cancel()
                }
                try await send(response, toHead: head?.request.method == .head, output)
            } catch {
                head?.parameters.late.take()?.cancel()
                guard !output.hasBegun, canStillAnswer(error) else { throw error }
                try await send(failure(for: error), toHead: head?.request.method == .head, output)
            }
            if !intake.isKnownToBeEmpty() {
                try await output.flush()
                try await intake.drain()
            }
            try await output.end()
            return .complete(true)
        } catch {
            log(error)
            return .complete(false)
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
        context.logger.error("Request failed before its response began", error: error)
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
            context.logger.error("Response broke off", error: error)
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
