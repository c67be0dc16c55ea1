import ArgumentParser
import Client
import Foundation
import Glibc

/// Standard output and standard error of a command that people and pipes read.
struct Terminal: Sendable {
    /// Bold is for people who look at it and did not say no (https://no-color.org).
    let isColoured: Bool
    private let isScreen: Bool

    init() {
        // A closed output's number would go to the next socket, and the words into it.
        for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 { _ = open("/dev/null", O_RDWR) }
        let environment = ProcessInfo.processInfo.environment
        isScreen = isatty(STDOUT_FILENO) == 1
        isColoured =
            isScreen && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        // Written to, a closed pipe is told by the write itself.
        signal(SIGPIPE, SIG_IGN)
        // Nothing may be written for hours: a reader that goes away is told of by nothing else.
        Thread.detachNewThread {
            var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while true {
                let count = poll(&output, 1, -1)
                if count > 0 { Self.readerHasGone() }
                guard count < 0, errno == EINTR else { return }
            }
        }
    }

    /// Writes all of it, or ends the process quietly when nobody reads any more.
    func write(_ text: String) {
        Self.write(text, to: STDOUT_FILENO)
    }

    /// An event's line, as it was sent; on a screen without what a terminal would obey.
    func line(ofJSON json: String) -> String {
        (isScreen ? TerminalText.json(json) : json) + "\n"
    }

    /// A word of the program's own.
    ///
    /// - Parameter below: standard output stands in the middle of a line.
    func note(_ words: String, below: Bool = false) {
        let isApart = below && isScreen && isatty(STDERR_FILENO) == 1
        Self.write("\(isApart ? "\n" : "")parley: \(words)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            switch errno {
            case _ where count >= 0: rest = rest.dropFirst(count)
            case EINTR: break
            case EAGAIN:
                var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&output, 1, -1)
            case EPIPE where descriptor == STDOUT_FILENO: readerHasGone()
            case let code where descriptor == STDOUT_FILENO:
                // A full disk: what is missing must not look like the end.
                write("parley: cannot write: \(String(cString: strerror(code)))\n", to: STDERR_FILENO)
                exit(ExitStatus.refused.rawValue)
            default: return
            }
        }
    }

    /// Ends as other programs do whose reader has gone.
    private static func readerHasGone() -> Never {
        signal(SIGPIPE, SIG_DFL)
        kill(getpid(), SIGPIPE)
        _exit(128 + SIGPIPE)
    }
}
