import Foundation
import Support
import TestSupport
import Testing

@Suite("The redactor")
struct RedactorTests {
    private static let keys = [
        "gsk_8f3kD02hfSkeo29fkslW93kdjf82hHs9", "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef",
        "sk-proj-9aBcDeFgHiJkLmNoPqRsT", "sk-0123456789abcdefABCDEF", "aB3dEf6hIjKlMn0pQrStUvWx1zAbCdEf",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "parley_7h2k9d8s7f6g5h4j3k2l1",
    ]

    /// Where a key may stand: JSON, JSON within JSON, URLs, headers, descriptions, stack texts.
    private static let places = [
        "KEY", "Authorization: Bearer KEY", "authorization:Bearer KEY\r\nHost: x", "{\"key\":\"KEY\"}",
        "{\\\"key\\\":\\\"KEY\\\"}", "https://host.example/v1?key=KEY&x=1", "https://host.example/KEY/models",
        "%3Fkey%3DKEY%26x", "a line\\nKEY\\nanother", "Headers([(\"x-key\", \"KEY\")])", "KEY, KEY",
        "at Providers.send(key: KEY) in Client.swift:42", "curl -H 'X: KEY' http://x", "<b>KEY</b>", "‹KEY›é",
        "Bearer%20KEY", "\"Bearer KEY\"",
    ]

    @Test("finds keys and tokens wherever they stand", arguments: keys, places)
    func shapes(key: String, place: String) {
        let text = place.replacing("KEY", with: key)
        let clean = Redactor().redact(text)
        #expect(!clean.contains(key))
        // No part of it either that would be worth anything.
        #expect(!clean.contains(key.suffix(12)), "\(clean)")
        #expect(!clean.contains(key.dropFirst(4).prefix(12)), "\(clean)")
    }

    @Test(
        "finds what is named a secret, in every notation",
        arguments: [
            "password=hunter2", "password: hunter2", "PASSWORD = hunter2", "{\"password\":\"hunter2\"}",
            "{\"password\" : \"hunter2\"}", "[\"password\": \"hunter2\"]", "Form(password: \"hunter2\")",
            "user=anna&password=hunter2&x=1", "password%3Dhunter2", "{\\\"password\\\":\\\"hunter2\\\"}",
            "new_password='hunter2'", "MISTRAL_API_KEY=hunter2", "x-api-key: hunter2",
            "api key = x, apiKey: hunter2", "Cookie: a=1; parley_session=hunter2; b=2",
            "set-cookie: __Host-parley_session=hunter2; Path=/", "csrf_token=hunter2",
            "Proxy-Authorization: Basic hunter2==", "Authorization: Digest username=\"x\" response=hunter2",
            "fields[password]=hunter2", "Bearer hunter2", "basic aHVudGVyMg==hunter2",
            "https://anna:hunter2@host.example/", "HTTPS_PROXY=http://u:p%40hunter2@proxy:3128",
            "password: correct horse hunter2", "{\"password\":\"a\\\"b hunter2\"}", "token=\"hunter2",
        ]
    )
    func named(text: String) {
        #expect(!Redactor().redact(text).contains("hunter2"), "\(Redactor().redact(text))")
    }

    @Test("ends where the secret ends")
    func bounds() {
        let redactor = Redactor()
        #expect(redactor.redact("password=x&user=anna") == "password=‹secret›&user=anna")
        #expect(redactor.redact("{\"token\":\"x y\",\"n\":1}") == "{\"token\":\"‹secret›\",\"n\":1}")
        #expect(redactor.redact("Bearer abcdef123, next") == "Bearer ‹secret›, next")
        #expect(redactor.redact("Cookie: a=b; c=d\r\nHost: x") == "Cookie: ‹secret›\r\nHost: x")
        #expect(redactor.redact("mail anna@house.example, please") == "mail ‹e-mail›, please")
        #expect(redactor.redact("card 4111 1111 1111 1111.") == "card ‹card›.")
    }

    @Test(
        "finds e-mail addresses",
        arguments: [
            "anna@house.example", "Anna.B+x@mail.house.example.", "<anna@house>", "anna%40house.example",
            "mailto:anna@house.example?subject=x", "grüße-anna@häuser.example", "a@b@c.example",
        ]
    )
    func email(text: String) {
        let clean = Redactor().redact(text)
        #expect(!clean.contains("anna") && !clean.contains("Anna") && !clean.contains("@"), "\(clean)")
    }

    @Test(
        "finds card numbers, in groups or not",
        arguments: [
            "4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009",
            "6011000000000004", "4222222222222", "{\"n\":\"4111111111111111\"}", "n=%204111111111111111",
            "1 4111 1111 1111 1111 2", "4111.1111.1111.1111", "a\\n4111111111111111",
            "4111%201111%201111%201111",
        ]
    )
    func card(text: String) {
        let digits = text.replacing("%20", with: "").filter(\.isNumber)
        let clean = Redactor().redact(text)
        #expect(clean.contains("‹card›"), "\(clean)")
        #expect(clean.filter(\.isNumber).count < digits.count - 12, "\(clean)")
    }

    @Test(
        "leaves alone what an operator needs",
        arguments: [
            "discussion=4m8x2k1v9c7b5n3z0q6w4e2r1t", "request=0f8fad5bd9cb469fa16570867728950e",
            "/discussions/4m8x2k1v9c7b5n3z0q6w4e2r1t/events", "promptTokens=812 tokens: 2000 maxTokens=4000",
            "sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "1800000000250",
            "2026-11-23T13:14:15.678Z", "groq: rate-limited, retry after 12.0 seconds", "4111 1111 1111 1112",
            "SQLite error 19 in INSERT INTO events (id) VALUES (?)", "[::1]:8080",
            "bytes=123456789012345678901",
            "the basic idea", "risk-management-of-large-systems", "a @ b",
            "https://host.example:8080/v1/chat",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "status=503 ms=12", "§ 5 – “quoted” 漢字 😀",
        ]
    )
    func harmless(text: String) {
        #expect(Redactor().redact(text) == text)
    }

    @Test("finds configured secrets literally, whatever they look like")
    func literals() {
        let redactor = Redactor(secrets: ["purple-monkey", "p&ss w\"rd", "", "abc"])
        #expect(redactor.redact("x=purple-monkey!") == "x=‹secret›!")
        #expect(redactor.redact("apurple-monkeypurple-monkey") == "a‹secret›‹secret›")
        #expect(redactor.redact("q=p%26ss%20w%22rd") == "q=‹secret›")
        #expect(redactor.redact(#"{"v":"p&ss w\"rd"}"#) == #"{"v":"‹secret›"}"#)
        // What is too short to be a secret would be found in words.
        #expect(redactor.redact("abcdef") == "abcdef")
    }

    @Test("changes nothing more when it is asked again")
    func twice() {
        var generator = SeededRandom(seed: 7)
        for _ in 0..<300 {
            let text = Self.mixture(using: &generator)
            let once = Redactor().redact(text)
            #expect(Redactor().redact(once) == once, "\(text.debugDescription)")
        }
    }

    @Test("lets no key through in a mixture of everything")
    func mixtures() {
        var generator = SeededRandom(seed: 42)
        for _ in 0..<1_000 {
            let text = Self.mixture(using: &generator)
            let clean = Redactor(secrets: ["purple-monkey"]).redact(text)
            for secret in Self.keys + ["hunter2", "purple-monkey", "anna@house.example"]
            where clean.contains(secret) {
                Issue.record("\(secret) is left in \(clean.debugDescription) of \(text.debugDescription)")
            }
        }
    }

    private static func mixture(using generator: inout SeededRandom) -> String {
        let joints = [
            " ", "\n", ", ", "\"", "'", "}", "&x=1&", "\\n", "; ", "%20", "é", "\0", "\u{202E}", "=", ":",
        ]
        let pieces =
            keys + [
                "password=hunter2", "\"password\":\"hunter2\"", "Cookie: a=hunter2", "purple-monkey",
                "anna@house.example", "4111 1111 1111 1111", "https://a:hunter2@host/", "Bearer ", "Basic ",
                "token",
                "words of a sentence", "\\", "\"", "[", "=", "%", "%2", "@", "://",
            ]
        return (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            (pieces.randomElement(using: &generator) ?? "") + (joints.randomElement(using: &generator) ?? "")
        }.joined()
    }

    @Test(
        "takes a text in linear time, whatever it is made of",
        arguments: [
            "a", "4", "@", "=", "\"", "\\", "%", "sk-", "Bearer ", "bearer+", "a@", "://", "password=",
            "4111 ", "\\\"",
            "secret:'", "password:\"", "basic basic", "%40", "gsk_1", "Aa1", "http://a@", "token: ",
            "=\"\\\"", "@é",
        ]
    )
    func linear(unit: String) {
        #expect(ratio(unit, from: 1 << 10) < 150)
    }

    @Test("takes a megabyte in linear time", arguments: ["password: \"a@b sk-4 4111-"])
    func megabyte(unit: String) {
        #expect(ratio(unit, from: 1 << 16) < 150)
    }

    /// How many times longer sixteen times as much takes: about 16; what is quadratic takes 256 times as long.
    private func ratio(_ unit: String, from bytes: Int) -> Double {
        let redactor = Redactor(secrets: [String(repeating: "a", count: 64) + "b"])
        /// The thread's own time: others want the processor too.
        func spent() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        func time(_ bytes: Int) -> Double {
            let text = String(repeating: unit, count: bytes / unit.utf8.count)
            return (0..<3).map { _ in
                let start = spent()
                _ = redactor.redact(text)
                return spent() - start
            }.min() ?? 0
        }
        return time(16 * bytes) / max(time(bytes), 0.000_2)
    }
}
