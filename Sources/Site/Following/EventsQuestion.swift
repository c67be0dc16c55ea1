import Domain
import Foundation
import NIOCore
import Store

/// What a poll asks for.
struct EventsQuestion: Sendable, Hashable {
    /// So many events in an answer at most; whoever is further behind asks again.
    static let longestAnswer = 1_000

    let person: PersonID
    let stream: EventStream
    let after: Int

    var topic: EventBell.Topic {
        switch stream {
        case .discussion(let id): .discussion(id)
        case .person(let id): .person(id)
        }
    }

    /// Reads one snapshot of the log.
    func read(_ reader: StoreReader) throws -> EventsReading {
        let found =
            switch stream {
            case .discussion(let id): try reader.hasDiscussion(id, of: person)
            case .person: true
            }
        let newest = try reader.newestEvent()
        let records = try reader.listRecords(of: stream, after: after, limit: Self.longestAnswer)
        let isFull = records.count == Self.longestAnswer
        return EventsReading(
            isFound: found,
            newest: newest,
            isLost: try reader.isInGap(after),
            removed: try reader.newestRemovedEvent(),
            events: records.isEmpty
                ? nil : EventsAnswer.render(records, cursor: isFull ? records.last?.id ?? newest : newest)
        )
    }
}

/// What a snapshot of the log says to a question.
struct EventsReading: Sendable {
    /// The person may see the stream.
    let isFound: Bool
    let newest: Int
    /// The cursor was handed out by a log that a restored one has replaced.
    let isLost: Bool
    /// The newest event that retention has removed.
    let removed: Int
    /// The answer; nil with nothing new.
    let events: ByteBuffer?
}

/// The JSON of an answer.
enum EventsAnswer {
    static func empty(cursor: Int) -> ByteBuffer {
        ByteBuffer(string: "{\"cursor\":\(cursor),\"events\":[]}\n")
    }

    /// The data of each event goes out as it stands in the log.
    static func render(_ records: [EventRecord], cursor: Int) -> ByteBuffer {
        var json = ByteBuffer()
        json.writeString("{\"cursor\":\(cursor),\"events\":[")
        for (index, record) in records.enumerated() {
            if index > 0 { json.writeString(",") }
            json.writeString(
                """
                {"id":\(record.id),"type":"\(record.type)","discussionId":"\(record.discussion)",\
                "at":"\(record.at.iso8601)","data":
                """
            )
            json.writeString(record.json)
            json.writeString("}")
        }
        json.writeString("]}\n")
        return json
    }
}
