import ArgumentParser
import Client
import Foundation
import Glibc

/// Standard output and standard error of a command that people and pipes read.
struct Terminal: Sendable {
    /// Bold is for people who look at it and did not say no (https://no-color.org).
    let isColoured: Bool
    private let isScreen: Bool
    private let output: Int32
    private let errors: Int32

    init() {
        output = Self.open(STDOUT_FILENO)
        errors = Self.open(STDERR_FILENO)
        let environment = ProcessInfo.processInfo.environment
        isScreen = isatty(output) == 1
        isColoured =
            isScreen && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        // Written to, a closed pipe is told by the write itself.
        signal(SIGPIPE, SIG_IGN)
        // Nothing may be written for hours: a reader that goes away is told of by nothing else.
        Thread.detachNewThread { [output] in
            var reader = pollfd(fd: output, events: 0, revents: 0)
            while true {
                let count = poll(&reader, 1, -1)
                if count > 0 { Self.readerHasGone() }
                guard count < 0, errno == EINTR else { return }
            }
        }
    }

    /// The descriptor if it was handed to us, else one that swallows everything: the number of a closed output
    /// goes to the next file that is opened, such as the runtime's own event descriptors, which have no type.
    private static func open(_ number: Int32) -> Int32 {
        var info = stat()
        guard fstat(number, &info) == 0, info.st_mode & S_IFMT != 0 else {
            return Glibc.open("/dev/null", O_WRONLY)
        }
        return number
    }

    /// Writes all of it, or ends the process quietly when nobody reads any more.
    func write(_ text: String) {
        write(text, to: output)
    }

    /// A document as it was sent; on a screen without what a terminal would obey.
    func write(export bytes: [UInt8]) {
        guard isScreen else { return write(bytes[...], to: output) }
        var text = TerminalText()
        write(text.safe(String(decoding: bytes, as: UTF8.self)))
    }

    /// An event's line, as it was sent; on a screen without what a terminal would obey.
    func line(ofJSON json: String) -> String {
        (isScreen ? TerminalText.json(json) : json) + "\n"
    }

    /// A word of the program's own.
    ///
    /// - Parameter below: standard output stands in the middle of a line.
    func note(_ words: String, below: Bool = false) {
        let isApart = below && isScreen && isatty(errors) == 1
        write("\(isApart ? "\n" : "")parley: \(words)\n", to: errors)
    }

    private func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8)[...], to: descriptor)
    }

    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            switch errno {
            case _ where count >= 0: rest = rest.dropFirst(count)
            case EINTR: break
            case EAGAIN:
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&writable, 1, -1)
            case EPIPE where descriptor == output: Self.readerHasGone()
            case let code where descriptor == output:
                // A full disk: what is missing must not look like the end.
                write("parley: cannot write: \(String(cString: strerror(code)))\n", to: errors)
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
