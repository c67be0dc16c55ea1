extension ProviderError.Fault {
    /// What a log says of it: our own words and numbers, and nothing that the vendor wrote.
    package var logged: String {
        switch self {
        case .unreachable(let how): "unreachable (\(how))"
        case .timeout: "timeout"
        case .stalled: "stalled"
        case .rateLimited(let pause): "rate-limited\(pause.map { ", retry after \($0)" } ?? "")"
        case .unavailable(let status, _): "unavailable (\(status))"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .unpaid: "unpaid"
        case .unknownModel: "unknown model"
        case .wrongAddress: "wrong address"
        case .contextOverflow(let lengths):
            "context overflow\(lengths.map { " (\($0.prompt) of \($0.context) tokens)" } ?? "")"
        case .formatRefused: "format refused"
        // Its code is a word of the vendor's; the page shows it.
        case .rejected(let status, _): "rejected (\(status))"
        case .cutOff: "cut off"
        case .malformed(let how): "malformed (\(how))"
        case .emptyAnswer: "empty answer"
        case .breakerOpen(let rest, _): "left alone for \(rest)"
        case .busy: "busy"
        case .unusable: "unusable"
        }
    }
}
