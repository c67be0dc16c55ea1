import Client
import Testing

@Suite("The address of a site")
struct SiteAddressTests {
    @Test(
        "keeps scheme, host, port and path",
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/discussions/d1"),
            (" https://intranet.example/parley/ ", "https://intranet.example/parley/discussions/d1"),
            ("HTTPS://intranet.example//", "HTTPS://intranet.example/discussions/d1"),
        ]
    )
    func pages(text: String, page: String) throws {
        #expect(try SiteAddress(text).discussion("d1") == page)
    }

    @Test(
        "is refused without repeating it when it cannot be used",
        arguments: [
            "", "intranet", "ftp://intranet", "http://", "http://ann:secret@intranet/",
            "http://intranet/?secret=1",
            "http://intranet/#secret", "file:///etc/secret",
        ]
    )
    func faults(text: String) throws {
        let fault = #expect(throws: SiteAddress.Fault.self) { try SiteAddress(text) }
        #expect(fault?.description.contains("secret") == false)
    }

    @Test("is found in a discussion's page, whatever stands behind it")
    func discussions() throws {
        for rest in ["", "/", "/live", "/events?after=3", "?rounds=all", "#round-2", "/export.md"] {
            let (site, id) = try SiteAddress.discussion(
                at: "https://intranet.example/parley/discussions/0abc\(rest)"
            )
            #expect(site.base == "https://intranet.example/parley" && id == "0abc")
        }
        for url in [
            "https://intranet.example/", "/discussions/d1", "https://intranet.example/discussions/../x",
        ] {
            #expect(throws: SiteAddress.Fault.self) { try SiteAddress.discussion(at: url) }
        }
    }
}
