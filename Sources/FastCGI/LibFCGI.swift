internal import CFastCGI
internal import Glibc

/// libfcgi's process-wide start.
enum LibFCGI {
    /// Signals for which FCGX_Init installs handlers of its own.
    private static let signals = [SIGTERM, SIGUSR1]

    /// Initialises libfcgi once in the process.
    ///
    /// FCGX_Init takes SIGPIPE, SIGTERM and SIGUSR1. SIGTERM and SIGUSR1 get back what they had before (their
    /// default, or a handler that was installed earlier); SIGPIPE stays ignored, because a write to a
    /// connection that nginx has closed must be an error, not the end of the process.
    static let isInitialised: Bool = {
        var saved = signals.map { _ in sigaction() }
        for (index, signal) in signals.enumerated() { sigaction(signal, nil, &saved[index]) }
        let result = FCGX_Init()
        for (index, signal) in signals.enumerated() { sigaction(signal, &saved[index], nil) }
        signal(SIGPIPE, SIG_IGN)
        return result == 0
    }()
}
