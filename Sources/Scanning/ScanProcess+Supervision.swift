import Foundation
import Synchronization

extension ScanProcess {
    /// How one `parley-scan` came to its end.
    private enum End {
        case closed
        /// - Parameter wasReady: it had loaded its signatures.
        case ended(reason: String, wasReady: Bool)
    }

    /// The life of the thread: one process after the other until this is closed.
    func supervise(_ directory: ScanDirectory) {
        var failures = 0
        while true {
            switch runOnce(directory) {
            case .closed:
                directory.remove()
                finish()
                return
            case .ended(let reason, let wasReady):
                note("\(reason); it is started again")
                failures = wasReady ? 0 : failures + 1
                // At once the first time: a file that crashed it should not keep the others waiting.
                let pause = min(limits.pause, .milliseconds(100) * (1 << min(failures, 10)))
                if failures > 0 || !wasReady { rest(until: .now + pause) }
            }
        }
    }

    private func finish() {
        let closers = state.withLock { state in
            state.hasEnded = true
            state.refuseWaiting("parley is stopping")
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func rest(until end: ContinuousClock.Instant) {
        while ContinuousClock.now < end, !state.withLock(\.isClosed) {
            alarm.wait(until: min(end, nextDeadline() ?? end))
            _ = expire()
        }
    }

    private func runOnce(_ directory: ScanDirectory) -> End {
        guard !state.withLock(\.isClosed) else { return .closed }
        let child: ScanChild
        do {
            child = try ScanChild.start(program, arguments(try directory.renew()))
        } catch {
            turnAway(error.message)
            return .ended(reason: error.message, wasReady: false)
        }
        let startsBy = ContinuousClock.now + limits.start
        var isReady = false
        var hasSpoken = false
        var fault: String?
        while fault == nil {
            var next = nextDeadline() ?? .now + .seconds(60)
            if !hasSpoken { next = min(next, startsBy) }
            alarm.wait(with: child.socket, until: next)
            if state.withLock(\.isClosed) { break }
            fault = listen(to: child, isReady: &isReady, hasSpoken: &hasSpoken)
            if expire() { fault = "parley-scan was ended: it did not answer in time" }
            if !hasSpoken, ContinuousClock.now >= startsBy {
                fault = "parley-scan did not load its signatures in time"
            }
        }
        state.withLock { $0.child = nil }
        let how = child.end()
        guard let fault else {
            state.withLock { Self.fail(&$0, "parley is stopping", keep: false, limits) }
            return .closed
        }
        let reason = fault.isEmpty ? "parley-scan ended with \(how)" : fault
        if isReady {
            state.withLock { state in
                state.condition = .starting
                Self.fail(&state, "parley-scan ended twice over this file", keep: true, limits)
            }
        } else {
            turnAway(reason)
        }
        return .ended(reason: reason, wasReady: isReady)
    }

    private func arguments(_ temporary: String) -> [String] {
        [
            database, temporary, String(limits.workers),
            String(Int(limits.look / .milliseconds(1))), String(Int(limits.scan / .milliseconds(1))),
        ]
    }

    /// Takes what the process has said.
    ///
    /// - Returns: why it must be ended; empty when it has ended by itself.
    private func listen(to child: ScanChild, isReady: inout Bool, hasSpoken: inout Bool) -> String? {
        while true {
            switch child.receive() {
            case .nothing: return nil
            case .end: return ""
            case .message(let bytes):
                guard let message = ChildMessage(bytes) else { return "parley-scan said what is no message" }
                hasSpoken = true
                switch message {
                case .ready(let signatures):
                    isReady = true
                    state.withLock { state in
                        state.condition = .ready(signatures)
                        state.refusal = nil
                        state.child = child
                        state.hand(limits)
                    }
                    note("libclamav has \(signatures.words)")
                case .broken(let reason):
                    note(reason)
                    if isReady { keepOldSignatures(reason) } else { turnAway(reason) }
                case .unfit(let reason):
                    note(reason)
                    isReady = true
                    state.withLock { state in
                        state.condition = .unavailable(reason: reason)
                        state.refusal = reason
                        state.child = nil
                        // Those that it has it answers itself: it tries its directory with each.
                        state.refuseWaiting(reason)
                    }
                case .verdict(let id, let verdict):
                    guard take(id, .success(verdict)) else { return "parley-scan answered what nobody asked" }
                case .failure(let id, let reason):
                    guard take(id, .failure(ScanFailure(message: reason))) else {
                        return "parley-scan answered what nobody asked"
                    }
                }
            }
        }
    }

    private func keepOldSignatures(_ reason: String) {
        state.withLock { state in
            guard case .ready(let signatures, _) = state.condition else { return }
            state.condition = .ready(signatures, trouble: "newer ones are not used: \(reason)")
        }
    }

    /// - Returns: false when no such file was handed over.
    private func take(_ id: UInt64, _ result: Result<ScanVerdict, ScanFailure>) -> Bool {
        state.withLock { state in
            guard let job = state.running.removeValue(forKey: id) else { return false }
            job.continuation?.resume(returning: result)
            state.hand(limits)
            return true
        }
    }

    /// Until signatures are loaded, files need not wait: there is nothing to wait for.
    private func turnAway(_ reason: String) {
        state.withLock { state in
            state.condition = .unavailable(reason: reason)
            state.refusal = reason
            Self.fail(&state, reason, keep: false, limits)
            state.refuseWaiting(reason)
        }
    }

    /// What becomes of the files that a process had when it ended: each has a second try at the next one.
    private static func fail(_ state: inout State, _ reason: String, keep: Bool, _ limits: Limits) {
        for var job in state.running.values.sorted(by: { $0.id > $1.id }) {
            if keep, job.tries < 2, job.continuation != nil {
                job.deadline = .now + limits.turn
                state.queue.insert(job, at: 0)
            } else {
                job.continuation?.resume(returning: .failure(ScanFailure(message: reason)))
            }
        }
        state.running = [:]
    }

    private func nextDeadline() -> ContinuousClock.Instant? {
        state.withLock { state in
            (state.queue.map(\.deadline) + state.running.values.map(\.deadline)).min()
        }
    }

    /// Fails the files whose time is over.
    ///
    /// - Returns: whether the process holds one of them, and with it one of its threads.
    private func expire() -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            for job in state.queue where job.deadline <= now {
                state.answer(job.id, .failure(ScanFailure(message: "no turn within \(limits.turn)")))
            }
            let late = state.running.values.filter { $0.deadline <= now }
            for job in late {
                state.answer(job.id, .failure(ScanFailure(message: "no verdict within \(limits.answer)")))
            }
            return !late.isEmpty
        }
    }
}
