/// The way to the vendors out of an intranet.
package struct NetworkSettings: Sendable {
    /// It may carry a password.
    package let proxy: Secret
    /// Hosts that are spoken to directly.
    package let noProxy: String
    /// The certificate authorities to trust, in PEM; empty: the system's.
    package let certificates: String

    /// The proxy's address, and by themselves the name and the password in it.
    var secrets: [Secret] {
        let address = proxy.reveal()
        let authority = address.firstRange(of: "://").map { address[$0.upperBound...] } ?? address[...]
        let parts =
            authority.lastIndex(of: "@").map { authority[..<$0].split(separator: ":", maxSplits: 1) } ?? []
        return [proxy] + parts.map { Secret(String($0)) }
    }

    init(from reader: SettingsReader) {
        proxy = reader.secret("HTTPS_PROXY")
        noProxy = reader.string("NO_PROXY")
        certificates = reader.string("SSL_CERT_FILE")
    }
}
