// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import Glibc

/// `parley-scan`: libclamav in a process of its own, which `parley serve` starts and speaks to over descriptor 3.
///
/// Several threads scan; this one looks whether the signatures have changed.
@main
struct ParleyScan {
    static func main() {
        guard let arguments = Arguments(CommandLine.arguments) else {
            let words = "parley-scan is started by parley; there is nothing to do for it here.\n"
            write(2, words, words.utf8.count)
            exit(2)
        }
        Confinement.enter()
        let channel = Channel()
        guard Signatures.isLibraryReady() else {
            channel.send("broken libclamav does not start")
            exit(1)
        }
        let signatures = Signatures(arguments)
        let space = TemporarySpace(arguments.temporary, workers: arguments.workers)
        var duty = Duty(channel: channel, signatures: signatures, test: SelfTest(in: space))
        var seen = DatabaseDirectory(arguments.database)
        duty.load()
        for _ in 0..<arguments.workers {
            start(Worker(channel: channel, signatures: signatures, space: space))
        }

        var pending: DatabaseDirectory?
        while true {
            channel.wait(milliseconds: arguments.lookMilliseconds)
            let now = DatabaseDirectory(arguments.database)
            if now == seen {
                pending = nil
            } else if now == pending {
                // Taken before the load: what changes meanwhile is seen at the next look.
                seen = now
                pending = nil
                duty.load()
            } else {
                // Somebody may still be writing.
                pending = now
            }
            duty.look()
        }
    }

    private static func start(_ worker: Worker) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Limits.stack)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(worker))
        let code = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().worker.work()
            },
            box.toOpaque()
        )
        guard code == 0 else { exit(1) }
    }

    private final class Box {
        let worker: Worker

        init(_ worker: Worker) { self.worker = worker }
    }
}
