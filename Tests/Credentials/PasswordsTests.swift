import Credentials
import Testing

@Suite("Passwords are kept as yescrypt hashes", .timeLimit(.minutes(1)))
struct PasswordsTests {
    @Test("a password matches its own hash and no other, and two hashes of it differ")
    func match() async throws {
        let passwords = try Passwords(cost: 1)
        let hash = try await passwords.hash("correct horse battery")
        #expect(hash.hasPrefix("$y$"))
        #expect(try await passwords.hash("correct horse battery") != hash)
        #expect(try await passwords.matches("correct horse battery", hash))
        #expect(try await !passwords.matches("correct horse batterx", hash))
        #expect(try await !passwords.matches("", hash))
    }

    @Test("nobody's password matches nothing, and takes as long as somebody's")
    func nobody() async throws {
        let passwords = try Passwords(cost: 4)
        let hash = try await passwords.hash("correct horse battery")
        let clock = ContinuousClock()
        // The quickest of several: what else the machine does only ever makes it slower.
        func quickest(_ hash: String?) async throws -> Duration {
            var best = Duration.seconds(60)
            for _ in 0..<20 {
                let began = clock.now
                let matches = try await passwords.matches("a wrong one", hash)
                best = min(best, clock.now - began)
                #expect(!matches)
            }
            return best
        }
        let (known, unknown) = (try await quickest(hash), try await quickest(nil))
        #expect(unknown > known / 2 && unknown < known * 2)
    }

    @Test("a hash of another cost is known as such")
    func dated() async throws {
        let (cheap, dear) = (try Passwords(cost: 1), try Passwords(cost: 2))
        #expect(!cheap.isDated(try await cheap.hash("correct horse battery")))
        #expect(dear.isDated(try await cheap.hash("correct horse battery")))
    }

    @Test("no more are checked than the machine bears: the others are sent away, and nothing hangs")
    func many() async throws {
        // Dear enough that they come faster than they are checked, also where much else is done.
        let passwords = try Passwords(cost: 6)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        return try await passwords.matches("a wrong one", nil)
                    } catch {
                        return error is TooManyAtOnce
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused > 0)
        #expect(try await passwords.matches("x", try await passwords.hash("x")))
    }

    @Test("a new password is ten characters or more, and not the name")
    func rule() {
        #expect(PasswordRule.fault("123456789", name: "anna") != nil)
        #expect(PasswordRule.fault("1234567890", name: "anna") == nil)
        #expect(PasswordRule.fault("Annabella-Maria", name: "annabella-maria") != nil)
        #expect(PasswordRule.fault("a\0bcdefghijk", name: "anna") != nil)
        #expect(PasswordRule.fault(String(repeating: "x", count: 501), name: "anna") != nil)
        // An umlaut as one sign, and as a letter with two dots after it.
        #expect(PasswordRule.tidy("u\u{308}ber den Wolken") == PasswordRule.tidy("\u{FC}ber den Wolken"))
    }

    @Test("a secret has 256 random bits, and is kept as its SHA-256")
    func secret() {
        let secret = RandomSecret(prefix: "parley_")
        #expect(secret.text.wholeMatch(of: /parley_[A-Za-z0-9_-]{43}/) != nil)
        #expect(Set((0..<100).map { _ in RandomSecret().text }).count == 100)
        #expect(
            RandomSecret.hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }
}
