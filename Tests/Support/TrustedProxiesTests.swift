import Support
import Testing

@Suite("The trusted proxies")
struct TrustedProxiesTests {
    @Test(
        "are addresses and networks",
        arguments: [
            ("10.0.0.7", "10.0.0.7", true), ("10.0.0.7", "10.0.0.8", false),
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
            ("1.2.3.4, fd00::/8", "fd12::1", true), ("1.2.3.4, fd00::/8", "fe80::1", false),
            ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "8.8.8.8", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true), ("::1", "0:0:0:0:0:0:0:1", true),
            ("10.0.0.7", "", false), ("10.0.0.7", "unix:", false), ("10.0.0.7", "10.0.0.7 ", false),
            ("", "10.0.0.7", false),
        ]
    )
    func contained(list: String, address: String, isTrusted: Bool) throws {
        let proxies = try #require(TrustedProxies(list))
        #expect(proxies.contains(address) == isTrusted)
        #expect(try readSettings(["TRUSTED_PROXIES": list]).settings.trustedProxies == proxies)
    }

    @Test(
        "are nothing else",
        arguments: [
            "proxy.example", "10.0.0", "10.0.0.7/33", "10.0.0.7/-1", "10.0.0.0/+8", "10.0.0.0/", "10.1.2.3/8",
            "fd00::/129", "fd00::1/8", "10.0.0.7;10.0.0.8", "10.0.0.0/8/8", "*", "any",
        ]
    )
    func refused(list: String) throws {
        #expect(TrustedProxies(list) == nil)
        let fault = #expect(throws: InvalidSetting.self) { try readSettings(["TRUSTED_PROXIES": list]) }
        #expect(fault?.description.hasPrefix("TRUSTED_PROXIES: \"\(list)\" is no list of addresses") == true)
    }

    @Test("are none when nothing is set")
    func none() throws {
        #expect(try readSettings().settings.trustedProxies.isEmpty)
    }
}
