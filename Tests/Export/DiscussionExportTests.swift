import Domain
import Doubles
import Export
import Foundation
import Testing

@Suite("An exported file")
struct DiscussionExportTests {
    private let record = FullDiscussion.record(of: Person(id: PersonID(rawValue: "p"), name: "local"))

    @Test("says its format and version, and has the contract's keys as the discussion's JSON has them")
    func keys() throws {
        let data = try DiscussionExport.data(record)
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(json["format"] as? String == "parley-discussion")
        #expect(json["formatVersion"] as? Int == 1)
        let page = try JSONEncoder().encode(DiscussionJSON(record.transcript))
        let contract = try #require(try JSONSerialization.jsonObject(with: page) as? [String: Any])
        #expect(Set(json.keys).isSuperset(of: contract.keys))
        for key in ["id", "topic", "status", "activity", "waitingForAction", "cursor", "createdAt", "cost"] {
            #expect((json[key] as? NSObject) == (contract[key] as? NSObject), "\(key)")
        }
        let rounds = try #require(json["rounds"] as? [[String: Any]])
        let asked = try #require(contract["rounds"] as? [[String: Any]])
        for key in ["number", "complete", "userInput", "questionSet", "answers"] {
            #expect((rounds[0][key] as? NSObject) == (asked[0][key] as? NSObject), "\(key)")
        }
    }

    @Test("is read back to the millisecond", arguments: 0..<1_000)
    func instants(milliseconds: Int) {
        let date = Date(timeIntervalSince1970: Double(1_796_000_000_000 + milliseconds) / 1_000)
        #expect(Date(iso8601: date.iso8601) == date)
        #expect(date.iso8601.hasSuffix(String(format: ".%03dZ", milliseconds)))
    }

    @Test("that is cut off anywhere is refused with a reason, never read in part")
    func truncated() throws {
        let data = try DiscussionExport.data(record)
        for length in stride(from: 0, to: data.count - 2, by: 97) {
            #expect(throws: DiscussionExport.Unreadable.self) {
                try DiscussionExport.read(data.prefix(length))
            }
        }
        do {
            _ = try DiscussionExport.read(data.prefix(data.count / 2))
        } catch {
            #expect(error.description.contains("cut off"))
        }
    }

    static let foreign = [
        ("{\"format\":\"other\",\"formatVersion\":1}", "\"other\""),
        ("{\"format\":\"parley-discussion\",\"formatVersion\":2}", "version is 2"),
        ("{\"format\":\"parley-discussion\",\"formatVersion\":1}", "is missing"),
        ("[]", "cannot be read"), ("{}", "\"format\" is missing"),
    ]

    @Test("of another kind is refused, and the reason says what it is", arguments: foreign)
    func refused(text: String, reason: String) {
        do {
            _ = try DiscussionExport.read(Data(text.utf8))
            Issue.record("it was read")
        } catch {
            #expect(error.description.contains(reason))
        }
    }
}
