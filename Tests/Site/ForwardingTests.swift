import HTTPTypes
import Support
import Testing

@testable import Site

@Suite("What proxies say")
struct ForwardingTests {
    private func forwarding(
        _ headers: [String: String],
        remote: String,
        peer: String? = nil,
        trusted: String
    ) throws -> Forwarding {
        var fields = HTTPFields()
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        return Forwarding(
            headers: fields,
            remote: remote,
            peer: peer,
            trusted: try #require(TrustedProxies(trusted))
        )
    }

    @Test("is believed of those that are trusted alone")
    func believed() throws {
        let headers = ["X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "https"]
        let trusted = try forwarding(headers, remote: "10.0.0.7", trusted: "10.0.0.0/8")
        #expect(trusted.client == "198.51.100.9")
        #expect(trusted.scheme == "https")
        #expect(!trusted.isByStranger)
        for list in ["", "10.0.0.8"] {
            let stranger = try forwarding(headers, remote: "10.0.0.7", trusted: list)
            #expect(stranger.client == "10.0.0.7")
            #expect(stranger.scheme == nil)
            #expect(stranger.isByStranger)
        }
    }

    @Test(
        "shows by any of the headers that only a proxy adds",
        arguments: [
            "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via",
        ]
    )
    func header(name: String) throws {
        #expect(try forwarding([name: "x"], remote: "127.0.0.1", trusted: "").isByStranger)
        // One that is trusted has to say for whom.
        let trusted = try forwarding([name: "x"], remote: "127.0.0.1", trusted: "127.0.0.1")
        #expect(trusted.isByStranger == (name != "X-Forwarded-For"))
        #expect(try !forwarding(["X-Else": "x"], remote: "127.0.0.1", trusted: "").isByStranger)
    }

    @Test(
        "counts from the right, up to the first that is not trusted",
        arguments: [
            ("1.1.1.1, 2.2.2.2", "2.2.2.2"), ("1.1.1.1, 2.2.2.2, 10.0.0.9", "2.2.2.2"),
            ("1.1.1.1,10.0.0.8 , 10.0.0.9", "1.1.1.1"), ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
            ("1.1.1.1, nonsense", "nonsense"), ("", "10.0.0.7"),
        ]
    )
    func chain(value: String, client: String) throws {
        let found = try forwarding(["X-Forwarded-For": value], remote: "10.0.0.7", trusted: "10.0.0.0/8")
        #expect(found.client == client)
    }

    @Test("is nginx's own answer where nginx has read the header itself")
    func realIP() throws {
        let found = try forwarding(
            ["X-Forwarded-For": "1.1.1.1, 2.2.2.2", "X-Forwarded-Proto": "https"],
            remote: "2.2.2.2",
            peer: "10.0.0.7",
            trusted: "10.0.0.0/8"
        )
        #expect(found.client == "2.2.2.2")
        #expect(found.scheme == "https")
        // Who connected counts, not who is said to have asked.
        let stranger = try forwarding(
            ["X-Forwarded-For": "10.0.0.7"],
            remote: "10.0.0.7",
            peer: "198.51.100.9",
            trusted: "10.0.0.0/8"
        )
        #expect(stranger.isByStranger)
    }

    @Test("of a scheme is one that there is, or nothing", arguments: ["", "ftp", "https, http", "https;"])
    func scheme(value: String) throws {
        let found = try forwarding(["X-Forwarded-Proto": value], remote: "10.0.0.7", trusted: "10.0.0.7")
        #expect(found.scheme == nil)
    }
}
