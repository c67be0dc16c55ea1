/// Why a site did not do what it was asked for.
public enum SiteError: Error, Sendable, Hashable {
    /// No answer of Parley's came, however often it was tried.
    case unreachable(tries: Int, reason: String)
    /// The site understood, and said no.
    case refused(Refusal)
    /// The answer is not what a Parley site answers, or it is larger than this client takes.
    case unusable(String)
}

/// What a site said instead of doing it.
public struct Refusal: Sendable, Hashable {
    public let status: Int
    /// Such as `VALIDATION_ERROR`; nil when something before the site answered.
    public let code: String?
    /// For people.
    public let message: String
    /// The field that is at fault.
    public let field: String?

    /// There is no such discussion, or not for this person.
    public var isNotFound: Bool { status == 404 }
    /// The token is missing, wrong or revoked.
    public var isSignedOut: Bool { status == 401 }
}

extension SiteError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let tries, let reason): "\(reason) (tried \(tries) times)"
        case .refused(let refusal): refusal.message
        case .unusable(let fault): fault
        }
    }
}
