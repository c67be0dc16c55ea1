package import HTTPTypes
package import Support

/// What proxies in front of nginx say of a request, as far as it is believed.
package struct Forwarding: Sendable {
    /// The address of who asked.
    package let client: String
    /// `http` or `https`, where a trusted proxy says so.
    package let scheme: String?
    /// Whether it came through a proxy that nobody named in TRUSTED_PROXIES, or that names nobody.
    ///
    /// Then it may come from anywhere, whatever address nginx saw.
    package let isByStranger: Bool

    /// What only a proxy adds.
    private static let fields: [HTTPField.Name] = [
        .forwardedFor, .forwardedProto,
        HTTPField.Name("X-Forwarded-Host"), HTTPField.Name("X-Real-IP"), HTTPField.Name("Forwarded"),
        HTTPField.Name("Via"),
    ].compactMap(\.self)

    /// - Parameters:
    ///   - remote: who asked, by nginx; behind its `real_ip_header` that is no longer who connected.
    ///   - peer: who connected to nginx, if nginx tells it.
    package init(headers: HTTPFields, remote: String, peer: String? = nil, trusted: TrustedProxies) {
        guard trusted.contains(peer ?? remote) else {
            client = remote
            scheme = nil
            isByStranger = Self.fields.contains { headers[$0] != nil }
            return
        }
        let scheme = headers[.forwardedProto]?.lowercased()
        self.scheme = scheme == "http" || scheme == "https" ? scheme : nil
        // Each proxy appends whom it saw: what stands left of the last stranger is that stranger's own word.
        let chain = (headers[.forwardedFor] ?? "").split(separator: ",")
            .map { $0.filter { $0 != " " && $0 != "\t" } }
        // It passes something on and does not say for whom.
        isByStranger =
            trusted.contains(remote) && chain.isEmpty && Self.fields.contains { headers[$0] != nil }
        client =
            trusted.contains(remote)
            ? chain.last { !trusted.contains($0) } ?? chain.first ?? remote
            : remote
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = Self("X-Forwarded-For") ?? .from
    fileprivate static let forwardedProto = Self("X-Forwarded-Proto") ?? .from
}
