import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// The cookie that a browser is signed in by.
///
/// Under TLS its name begins with `__Host-`, so that browsers take it from this very host and over TLS alone.
/// Over plain http there is only the one of this machine itself.
enum SessionCookie {
    private static let secure = "__Host-parley_session"
    private static let plain = "parley_session"

    static func find(_ request: Request) -> String? {
        // By the first that is there: a cookie header can hold a name twice, and a subdomain cannot set this one.
        request.cookies[request.isSecure ? secure : plain]?.value
    }

    static func leave(_ secret: String, _ request: Request, in response: inout Response) {
        response.setCookie(cookie(secret, request, seconds: Int(Access.longestSession)))
    }

    static func clear(_ request: Request, in response: inout Response) {
        response.setCookie(cookie("", request, seconds: 0))
    }

    private static func cookie(_ value: String, _ request: Request, seconds: Int) -> Cookie {
        Cookie(
            name: request.isSecure ? secure : plain,
            value: value,
            maxAge: seconds,
            // Also where the site lies under a path: `__Host-` asks for it.
            path: "/",
            secure: request.isSecure,
            httpOnly: true,
            sameSite: .lax
        )
    }
}

extension Request {
    /// Asked over TLS, by what nginx or a trusted proxy says.
    var isSecure: Bool { head.scheme?.lowercased() == "https" }
}
