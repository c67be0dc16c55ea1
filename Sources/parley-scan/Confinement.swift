// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV
import Glibc

/// What this process may not do, whatever a file makes of libclamav.
enum Confinement {
    static func enter() {
        // The responder's end ends us; had it gone before this call, the socket's end does.
        parley_end_with_parent()
        // Whatever of the responder's was open.
        closefrom(Channel.descriptor + 1)
        parley_no_new_privileges()
        limit(RLIMIT_AS, Limits.addressSpace)
        limit(RLIMIT_CORE, 0)
        limit(RLIMIT_FSIZE, Limits.fileSize)
        limit(RLIMIT_NOFILE, Limits.openFiles)
        // An operator's Ctrl-C or stop is for the responder, which still answers those who wait. A file that
        // grows too large and a reader that has gone are errors where they happen.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        umask(0o077)
    }

    private static func limit(_ resource: __rlimit_resource, _ most: UInt) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(resource.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_max = min(limit.rlim_max, most)
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
