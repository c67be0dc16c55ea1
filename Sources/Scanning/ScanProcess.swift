import Foundation
import Synchronization

/// libclamav in a process of its own, `parley-scan`, started again whenever it ends.
///
/// A file that makes libclamav crash, hang or eat memory costs its own verdict and a second of the others' time.
package final class ScanProcess: ScanEngine {
    package struct Limits: Sendable {
        /// Files that are scanned at once: more than cores gain nothing.
        package var workers = min(4, max(2, ProcessInfo.processInfo.activeProcessorCount))
        /// Between two looks at the signatures' directory; a change is loaded at the second.
        package var look = Duration.seconds(2)
        /// libclamav's own limit for one file, after which it refuses it.
        package var scan = Duration.seconds(20)
        /// After which a process that has not answered is ended: libclamav looks at its clock only now and then.
        package var answer = Duration.seconds(30)
        /// For loading the signatures: the official ones take 10 s or more.
        package var start = Duration.seconds(120)
        /// For a turn: together with `answer` within the 120 s that a page waits for a command with files.
        package var turn = Duration.seconds(60)
        /// Files that wait for a turn; past it they are turned away at once.
        package var queue = 200
        /// The longest pause before a new start, after several that ended too soon.
        package var pause = Duration.seconds(10)

        package init() {}
    }

    /// One file, until it has its verdict.
    struct Job {
        let id: UInt64
        let descriptor: Int32
        let size: Int
        /// nil once it was answered: only its place is still taken.
        var continuation: CheckedContinuation<Result<ScanVerdict, ScanFailure>, Never>?
        var deadline: ContinuousClock.Instant
        var tries = 0
    }

    struct State {
        var condition = EngineCondition.starting
        /// Why files are turned away at once; nil: they wait for their turn.
        var refusal: String?
        /// Takes files: its signatures are loaded.
        var child: ScanChild?
        var nextID: UInt64 = 1
        var queue: [Job] = []
        var running: [UInt64: Job] = [:]
        var isClosed = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    package let name = "libclamav"
    let program: String
    let database: String
    let limits: Limits
    let note: @Sendable (String) -> Void
    let state = Mutex(State())
    let alarm: Alarm

    /// Starts it.
    ///
    /// - Parameters:
    ///   - program: the path of `parley-scan`.
    ///   - database: the directory of the signatures.
    ///   - temporary: where a directory for its temporary files may be made.
    ///   - note: takes what an operator should read in the log.
    package init(
        program: String,
        database: String,
        temporary: String,
        limits: Limits = .init(),
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(ScanFailure) {
        self.program = program
        self.database = database
        self.limits = limits
        self.note = note
        alarm = try Alarm()
        let directory = try ScanDirectory(in: temporary)
        // The kernel ends the process with the thread that started it, so that thread must be one that stays.
        let thread = Thread { self.supervise(directory) }
        thread.name = "parley-scan"
        thread.start()
    }

    /// `parley-scan` beside this very program; there is no setting for it.
    package static var programBesideThisOne: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        // During an upgrade the running program's file has gone already.
        let path = own.hasSuffix(" (deleted)") ? String(own.dropLast(" (deleted)".count)) : own
        return (path as NSString).deletingLastPathComponent + "/parley-scan"
    }

    package var condition: EngineCondition { state.withLock(\.condition) }

    /// Nothing to do: the process tells by itself.
    package func watch() async {}

    package func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(
                    Job(
                        id: id,
                        descriptor: descriptor,
                        size: size,
                        continuation: continuation,
                        deadline: .now + limits.turn
                    )
                )
            }
        } onCancel: {
            state.withLock { $0.answer(id, .failure(ScanFailure(message: "nobody waits for it any more"))) }
        }
        return try result.get()
    }

    private func submit(_ job: Job) {
        state.withLock { state in
            let refusal: String? =
                if state.isClosed {
                    "parley is stopping"
                } else if Task.isCancelled {
                    "nobody waits for it any more"
                } else if state.queue.count >= limits.queue {
                    "\(limits.queue) files wait already"
                } else {
                    state.refusal
                }
            if let refusal {
                job.continuation?.resume(returning: .failure(ScanFailure(message: refusal)))
            } else {
                state.queue.append(job)
                state.hand(limits)
            }
        }
        // Its deadline may be the next.
        alarm.ring()
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                state.isClosed = true
                if !state.hasEnded { state.closers.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
            alarm.ring()
        }
    }
}

extension ScanProcess.State {
    /// Hands waiting files over, as many as are scanned at once.
    mutating func hand(_ limits: ScanProcess.Limits) {
        while let child, running.count < limits.workers, !queue.isEmpty {
            var job = queue[0]
            guard child.hand(job.descriptor, id: job.id, size: job.size) else {
                // It is ending; the files wait for the next one.
                self.child = nil
                return
            }
            queue.removeFirst()
            job.tries += 1
            job.deadline = .now + limits.answer
            running[job.id] = job
        }
    }

    /// Answers one file, wherever it is.
    mutating func answer(_ id: UInt64, _ result: Result<ScanVerdict, ScanFailure>) {
        if let index = queue.firstIndex(where: { $0.id == id }) {
            queue.remove(at: index).continuation?.resume(returning: result)
        } else {
            running[id]?.continuation.take()?.resume(returning: result)
        }
    }

    /// Answers all that wait for a turn.
    mutating func refuseWaiting(_ reason: String) {
        for job in queue { job.continuation?.resume(returning: .failure(ScanFailure(message: reason))) }
        queue = []
    }
}
