import Foundation
import Glibc
import Testing

@testable import FastCGI

@Suite(.timeLimit(.minutes(5)))
struct ListeningSocketTests {
    @Test func aPassedSocketIsTakenOnlyIfItIsMeantForThisProcess() {
        func find(_ environment: [String: String], _ listening: Set<Int32>) -> Int32? {
            InheritedSocket.find(environment: environment, processID: 42, isListening: listening.contains)
        }
        #expect(find(["LISTEN_PID": "42", "LISTEN_FDS": "1"], [3]) == 3)
        #expect(find(["LISTEN_PID": "42", "LISTEN_FDS": "2"], [0, 3]) == 3)
        #expect(find(["LISTEN_PID": "41", "LISTEN_FDS": "1"], [3]) == nil)
        #expect(find(["LISTEN_FDS": "1"], [3]) == nil)
        #expect(find(["LISTEN_PID": "42", "LISTEN_FDS": "0"], [3]) == nil)
        #expect(find(["LISTEN_PID": "42", "LISTEN_FDS": "x"], [3]) == nil)
        #expect(find(["LISTEN_PID": "42", "LISTEN_FDS": "1"], []) == nil)
        #expect(find([:], [0]) == 0)
        #expect(find([:], []) == nil)
    }

    @Test func onlyAListeningStreamSocketCounts() throws {
        let path = temporarySocketPath()
        let listening = try ListeningSocket(path: path, mode: 0o600)
        #expect(InheritedSocket.isListening(listening.descriptor))
        let client = try RawClient(path)
        #expect(InheritedSocket.isListening(client.descriptor) == false)
        #expect(InheritedSocket.isListening(9999) == false)
        listening.close()
        listening.unlink()
    }

    @Test func aPassedSocketServesAndKeepsItsFile() throws {
        let path = temporarySocketPath()
        let own = try ListeningSocket(path: path, mode: 0o600)
        let passed = ListeningSocket(inherited: own.descriptor)
        passed.unlink()
        #expect(passed.isOwn == false)
        #expect(FileManager.default.fileExists(atPath: path))
        own.unlink()
        own.close()
    }

    @Test func theSocketHasTheModeThatWasAskedFor() throws {
        let path = temporarySocketPath()
        let socket = try ListeningSocket(path: path, mode: 0o660)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        socket.unlink()
        socket.close()
        #expect(FileManager.default.fileExists(atPath: path) == false)
    }

    @Test func aFileThatNobodyAnswersOnIsReplaced() throws {
        let path = temporarySocketPath()
        try ListeningSocket(path: path, mode: 0o600).close()
        let second = try ListeningSocket(path: path, mode: 0o600)
        #expect(throws: Never.self) { try RawClient(path) }
        second.unlink()
        second.close()
    }

    @Test func aSocketThatSomebodyAnswersOnIsLeftAlone() throws {
        let path = temporarySocketPath()
        let first = try ListeningSocket(path: path, mode: 0o600)
        #expect(throws: ListeningSocketError.inUse(path)) { try ListeningSocket(path: path, mode: 0o600) }
        #expect(throws: Never.self) { try RawClient(path) }
        first.unlink()
        first.close()
    }

    @Test func aFileThatIsNotASocketIsLeftAlone() throws {
        let path = temporarySocketPath()
        try "precious".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: ListeningSocketError.notASocket(path)) {
            try ListeningSocket(path: path, mode: 0o600)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        unlink(path)
    }

    @Test func theFileOfASuccessorIsNotRemoved() throws {
        let path = temporarySocketPath()
        let old = try ListeningSocket(path: path, mode: 0o600)
        unlink(path)
        let new = try ListeningSocket(path: path, mode: 0o600)
        old.unlink()
        #expect(FileManager.default.fileExists(atPath: path))
        new.unlink()
        old.close()
        new.close()
    }

    @Test func aPathTooLongForASocketIsSaidSo() {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: ListeningSocketError.pathTooLong(path, limit: 107)) {
            try ListeningSocket(path: path, mode: 0o600)
        }
    }
}
