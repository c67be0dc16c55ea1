import ArgumentParser

/// How `ask` and `watch` end: documented in their help, for scripts.
enum ExitStatus {
    /// Refused by the site, or failed.
    static let refused = ExitCode(1)
    static let unreachable = ExitCode(3)
    /// The step that was followed ended in an error event.
    static let stepFailed = ExitCode(4)

    /// No line longer than a terminal's 80 columns less the parser's wrapping.
    static let help = """
        The site is PARLEY_URL, else the local run; PARLEY_TOKEN signs in. Names are bold on a terminal, \
        unless NO_COLOR is set.

        Exit status:
          0    it is your turn, it is resolved, or a watched one was deleted
          1    refused, or failed otherwise; the reason is on standard error
          3    the site cannot be reached, though it was tried several times
          4    the step ended in an error, such as a provider that fails
          64   the command line, or one of the variables, is wrong
          130  interrupted by Ctrl-C
          141  nobody reads the output any more
        """
}
