/// An error whose description may stand in a log: it holds no words of people, files, models or vendors.
///
/// Of all others only the type appears, and which of its cases. That is the rule and not the exception, for
/// libraries put into their errors what they were given: a decoder the text that it could not read, a database
/// the words that were searched for.
package protocol LoggedError: Error {
    /// What a log may say of it.
    var logged: String { get }
}

extension LoggedError {
    package var logged: String { String(describing: self) }
}

/// What may be said of any error.
package enum ErrorWords {
    package static func of(_ error: any Error) -> String {
        if let error = error as? any LoggedError { return error.logged }
        let type = String(reflecting: type(of: error))
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else { return type }
        if let name = mirror.children.first?.label { return "\(type).\(name)" }
        return (error as Any) is any CustomStringConvertible ? type : "\(type).\(error)"
    }
}

extension InvalidSetting: LoggedError {}
