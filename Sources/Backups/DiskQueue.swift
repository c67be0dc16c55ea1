import Dispatch

/// Where backups are written: their calls wait for the disk, which the cooperative pool's few threads must not.
final class DiskQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "parley-backups")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
