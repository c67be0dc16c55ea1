import Domain
import Providers
import Testing

@Suite("Provider errors")
struct ProviderErrorTests {
    static let faults: [ProviderError.Fault] = [
        .unreachable(.unknownHost), .unreachable(.refused), .unreachable(.connectTimeout),
        .unreachable(.insecure), .unreachable(.other), .timeout, .stalled,
        .rateLimited(retryAfter: .seconds(3)),
        .unavailable(status: 503, retryAfter: nil), .unauthorized, .forbidden, .unpaid, .unknownModel,
        .wrongAddress, .contextOverflow(nil), .formatRefused, .rejected(status: 400, code: "bad_thing"),
        .cutOff, .malformed(.notAStream), .malformed(.invalidJSON), .malformed(.tooLarge), .emptyAnswer,
        .breakerOpen(rest: .seconds(12)),
    ]

    @Test("say in one sentence who failed", arguments: ProviderID.allCases)
    func sentences(provider: ProviderID) {
        for fault in Self.faults {
            let sentence = ProviderError(provider: provider, fault: fault).sentence
            let name = provider == .local ? "ocal" : provider.displayName
            #expect(sentence.contains(name), "\(sentence)")
            #expect(sentence.hasSuffix("."))
            #expect(!sentence.contains("\n"))
        }
    }

    @Test("name the setting to change")
    func settings() {
        func sentence(_ provider: ProviderID, _ fault: ProviderError.Fault) -> String {
            ProviderError(provider: provider, fault: fault).sentence
        }
        #expect(sentence(.groq, .unknownModel).contains("GROQ_MODEL"))
        #expect(sentence(.mistral, .unauthorized).contains("MISTRAL_API_KEY"))
        #expect(sentence(.openrouter, .unpaid).contains("OPENROUTER_API_KEY"))
        #expect(sentence(.local, .unreachable(.refused)).contains("LOCAL_LLM_BASE_URL"))
        #expect(sentence(.groq, .timeout).contains("LLM_TIMEOUT_GROQ"))
    }

    @Test("tell the passing trouble from the lasting")
    func transience() {
        let lasting = Self.faults.filter { !ProviderError(provider: .groq, fault: $0).isTransient }
        let expected: [ProviderError.Fault] = [
            .unauthorized, .forbidden, .unpaid, .unknownModel, .wrongAddress, .contextOverflow(nil),
            .formatRefused, .rejected(status: 400, code: "bad_thing"), .malformed(.notAStream),
            .breakerOpen(rest: .seconds(12)),
        ]
        #expect(lasting == expected)
    }
}

@Suite("Keys")
struct APIKeyTests {
    @Test("are shown by nothing")
    func hidden() throws {
        let key = try #require(APIKey("gsk_verysecret"))
        let endpoint = ProviderEndpoint(
            id: .groq,
            baseURL: "http://localhost",
            apiKey: key,
            model: "m"
        )
        var dumped = ""
        dump(endpoint, to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\(endpoint)", String(reflecting: endpoint), dumped] {
            #expect(!text.contains("verysecret"))
        }
    }

    @Test(
        "are refused when no header could carry them",
        arguments: ["", "a b", "a\nb", "a\r\nX: y", "ключ", "a\0"]
    )
    func unusable(value: String) {
        #expect(APIKey(value) == nil)
    }
}
