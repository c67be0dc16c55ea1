import Support
import Testing

@Suite("A secret")
struct SecretTests {
    private static let word = "sk-secret-42"

    struct Holder {
        let name = "holder"
        let key = Secret(SecretTests.word)
        let keys = [Secret(SecretTests.word)]
    }

    @Test("tells only whether it is set")
    func shown() {
        #expect("\(Secret(Self.word))" == "(set)")
        #expect("\(Secret(""))" == "")
        #expect(Secret(Self.word).reveal() == Self.word)
    }

    @Test("does not appear however it is printed")
    func printing() {
        let holder = Holder()
        var output = "\(holder) \(String(describing: holder)) \(String(reflecting: holder)) \(holder.keys)"
        dump(holder, to: &output)
        dump(holder.key, to: &output)
        print(holder.key, [holder.key], to: &output)
        debugPrint(holder.key, [holder.key], to: &output)
        let optional: Secret? = holder.key
        output +=
            String(describing: optional) + Mirror(reflecting: holder.key).children.map { "\($0)" }.joined()
        #expect(output.contains("(set)"))
        #expect(!output.contains(Self.word))
    }
}
