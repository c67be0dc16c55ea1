import Foundation
import HTTPTypes
import Hummingbird
import Support

/// The names under which the site may be asked.
///
/// A stranger's page can make its own domain point here and then speak with us as if we were its own server
/// (DNS rebinding); its name in `Host` is what gives it away. nginx looks too; who has another server in front
/// is protected here.
enum Loopback {
    static func isAddress(_ text: String) -> Bool {
        // nginx says `unix:` of who connected to a socket of its own.
        text == "unix:" || text == "::1" || text.wholeMatch(of: /(::ffff:)?127(\.[0-9]{1,3}){3}/) != nil
    }

    static func isName(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
    }
}

extension Site {
    /// Whether the site may be asked under this name.
    func isOwn(_ authority: String?) -> Bool {
        let host = Self.host(authority ?? "")
        if let address = about.address, host == address.host { return true }
        switch access.mode {
        // The only guard of a site that asks nobody for a password. In the network without a name of its own it goes
        // by addresses: nobody can make those their own.
        case .open(_, let toNetwork):
            return Loopback.isName(host) || toNetwork && about.address == nil && Self.isAddress(host)
        // Whoever comes by another name has no cookie for it; with PUBLIC_URL there is no reason to.
        case .accounts, .proxy: return about.address == nil || Loopback.isName(host)
        }
    }

    private static func isAddress(_ host: String) -> Bool {
        host.hasPrefix("[") || host.wholeMatch(of: /[0-9]{1,3}(\.[0-9]{1,3}){3}/) != nil
    }

    /// The host without its port, in lower case; empty for what is none.
    private static func host(_ authority: String) -> String {
        let parts = authority.lowercased().wholeMatch(of: /(\[[^\]]*\]|[^:\[\]]*)(:[0-9]+)?/)
        return parts.map { String($0.output.1) } ?? ""
    }
}
