// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV
import Glibc

/// Whether libclamav has told of an error, per thread.
///
/// Some errors it tells only by a message: the scan itself then ends as clean.
enum Complaints {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        guard pthread_key_create(&key, nil) == 0 else { exit(1) }
        return key
    }()

    /// Takes all of libclamav's messages, whose words would fill the log: it has some for every odd file.
    ///
    /// This must not belong to the main actor, or Swift would end the process when a worker's thread calls the
    /// closure.
    static func listen() {
        cl_set_clcb_msg { severity, _, _, _ in
            if severity == CL_MSG_ERROR {
                pthread_setspecific(Complaints.key, UnsafeRawPointer(bitPattern: 1))
            }
        }
    }

    /// Runs `body`, and tells whether libclamav complained meanwhile on this thread.
    static func during<Result>(_ body: () -> Result) -> (Result, hasComplained: Bool) {
        pthread_setspecific(key, nil)
        let result = body()
        return (result, pthread_getspecific(key) != nil)
    }
}
