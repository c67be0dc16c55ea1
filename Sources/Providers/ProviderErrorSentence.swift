import Domain

extension ProviderError: CustomStringConvertible {
    package var description: String { sentence }

    /// One sentence for a person, naming the provider and, where it helps, the setting to change.
    package var sentence: String {
        let vendor = Vendor.of(provider)
        let who = vendor.subject
        switch fault {
        case .unreachable(let how):
            return """
                \(who) could not be reached: \(how.words). If this lasts, check \(vendor.baseURLSetting) \
                and the network.
                """
        case .timeout:
            return "\(who) took too long to answer; \(vendor.timeoutSetting) allows it more time."
        case .stalled:
            return "\(who) fell silent in the middle of its work."
        case .rateLimited:
            return "\(who) is receiving too many requests from this site just now."
        case .unavailable(let status, _):
            return "\(who) has trouble of its own just now (error \(status))."
        case .unauthorized:
            return "\(who) did not accept the key; check \(vendor.keySetting)."
        case .forbidden:
            return "\(who) does not allow this request with the key in \(vendor.keySetting)."
        case .unpaid:
            return "\(who) says that the account behind \(vendor.keySetting) has no credit left."
        case .unknownModel:
            return "\(who) does not know the model; choose another one in \(vendor.modelSetting)."
        case .wrongAddress:
            return "\(who) has no chat service at the address in \(vendor.baseURLSetting)."
        case .contextOverflow:
            return "The discussion has grown too long for the model of \(provider.displayName)."
        case .formatRefused:
            return "\(who) cannot answer in the form that was asked for."
        case .rejected(let status, let code):
            return "\(who) refused the request (error \(status)\(code.map { ", \($0)" } ?? ""))."
        case .cutOff:
            return "\(who) broke off before its answer was complete."
        case .malformed(.notAStream):
            return "\(who) sent something that is not an answer; check \(vendor.baseURLSetting)."
        case .malformed(.invalidJSON), .malformed(.tooLarge):
            return "\(who) sent an answer that could not be read."
        case .emptyAnswer:
            return "\(who) answered without a word."
        case .breakerOpen(let rest):
            let seconds = max(1, Int((rest / .seconds(1)).rounded(.up)))
            return """
                \(who) has failed several times in a row and is left alone for another \(seconds) \
                \(seconds == 1 ? "second" : "seconds").
                """
        }
    }
}

extension ProviderError.Unreachable {
    fileprivate var words: String {
        switch self {
        case .unknownHost: "its name does not resolve"
        case .refused: "the connection was refused"
        case .connectTimeout: "it did not take the connection in time"
        case .insecure: "its certificate or encryption was not accepted"
        case .other: "the connection failed"
        }
    }
}
