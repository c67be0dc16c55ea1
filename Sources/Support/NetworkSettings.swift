/// The way to the vendors out of an intranet.
package struct NetworkSettings: Sendable {
    /// It may carry a password.
    package let proxy: Secret
    /// Hosts that are spoken to directly.
    package let noProxy: String
    /// The certificate authorities to trust, in PEM; empty: the system's.
    package let certificates: String

    init(from reader: SettingsReader) {
        proxy = reader.secret("HTTPS_PROXY")
        noProxy = reader.string("NO_PROXY")
        certificates = reader.string("SSL_CERT_FILE")
    }
}
