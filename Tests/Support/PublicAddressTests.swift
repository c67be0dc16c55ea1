import Support
import Testing

@Suite("The public address")
struct PublicAddressTests {
    @Test(
        "is taken apart",
        arguments: [
            ("https://intranet.example/parley/", "https://intranet.example", "/parley", "intranet.example"),
            ("https://intranet.example/parley", "https://intranet.example", "/parley", "intranet.example"),
            ("https://intranet.example", "https://intranet.example", "", "intranet.example"),
            ("HTTP://Intranet.Example/", "http://intranet.example", "", "intranet.example"),
            ("https://intranet.example:443/", "https://intranet.example", "", "intranet.example"),
            ("http://intranet.example:443/", "http://intranet.example:443", "", "intranet.example:443"),
            ("http://10.0.0.7:8080/a/b-c/", "http://10.0.0.7:8080", "/a/b-c", "10.0.0.7:8080"),
            ("https://[FD00::7]:8443/~ai/", "https://[fd00::7]:8443", "/~ai", "[fd00::7]:8443"),
            ("https://[fd00::7]/", "https://[fd00::7]", "", "[fd00::7]"),
        ]
    )
    func parts(text: String, origin: String, path: String, authority: String) throws {
        let address = try #require(PublicAddress(text))
        #expect(address.origin == origin)
        #expect(address.path == path)
        #expect(address.authority == authority)
        #expect(address.url == origin + path + "/")
        #expect(try readSettings(["PUBLIC_URL": text]).settings.publicAddress == address)
    }

    @Test(
        "cannot be what no browser could ask for",
        arguments: [
            "intranet.example", "/parley/", "ftp://intranet.example/", "https://", "https:///parley/",
            "https://intranet.example/?a=b", "https://intranet.example/#top",
            "https://name:hunter2@intranet.example/", "https://intranet.example:0/",
            "https://intranet.example:70000/", "https://intranet.example:/", "https://intranet.example:x/",
            "https://intranet.example//", "https://intranet.example/a//b", "https://intranet.example/a/../b",
            "https://intranet.example/.well-known/", "https://intranet.example/a%20b/",
            "https://intranet.example/a b", "https://intranet.example/é", "https://-x/", "https://a b/",
            "https://intranet.example/a;b/", "https://intranet.example/\u{0}", "javascript:alert(1)",
        ]
    )
    func refused(text: String) throws {
        #expect(PublicAddress(text) == nil)
        let fault = #expect(throws: InvalidSetting.self) { try readSettings(["PUBLIC_URL": text]) }
        let line = try #require(fault).description
        #expect(line.hasPrefix("PUBLIC_URL: it is not the address of a site; allowed: http://HOST"))
        #expect(!line.contains("hunter2"))
    }

    @Test("need not be set")
    func none() throws {
        #expect(try readSettings().settings.publicAddress == nil)
        #expect(try readSettings(["PUBLIC_URL": ""]).settings.publicAddress == nil)
    }
}
