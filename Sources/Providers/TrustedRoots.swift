import NIOSSL

/// The certificate authorities that providers' certificates must come from: `SSL_CERT_FILE`.
///
/// As everywhere else, they take the place of the system's.
package struct TrustedRoots: Sendable {
    /// The file cannot be read, or holds no certificate.
    package struct Invalid: Error {}

    private let path: String

    /// - Parameter path: certificates in PEM.
    package init(path: String) throws(Invalid) {
        guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else { throw Invalid() }
        self.path = path
    }

    var tls: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(path)
        return configuration
    }
}
