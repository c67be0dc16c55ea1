package import Domain
import Foundation

/// Which provider saw which words of a discussion, as far as what is kept can tell.
///
/// Prompts are not kept. What stood in each follows from the rules by which it was built: the topic, the
/// summary that stood then, the rounds that it does not cover, the person's words in them, and
/// what was said before in the same round. A prompt that was too long left some of that out; nothing was
/// ever added.
package struct WordsSent: Sendable {
    /// What one model was sent.
    package struct Share: Sendable, Hashable {
        package let provider: ProviderID
        package let model: String
        package var messages: Set<MessageID> = []
        /// Indices into the record's remarks.
        package var remarks: Set<Int> = []
        package var answers: Set<QuestionSetID> = []
        package var summaries: Set<SummaryID> = []
        package var files: Set<String> = []
        /// What it was asked for, and how often.
        package var calls: [Usage.Purpose: Int] = [:]
        /// Rounds up to this one were looked at: each message is asked with all before it, and looking at
        /// those anew every time would take seconds for a thousand rounds.
        fileprivate var seenThrough = 0
    }

    /// A provider that was perhaps asked for a message before the one that answered.
    package struct Perhaps: Sendable, Hashable {
        package let provider: ProviderID
        package var messages: [MessageID]
    }

    package private(set) var shares: [Share] = []
    package private(set) var perhaps: [Perhaps] = []

    private let record: DiscussionRecord

    /// - Parameter configured: the providers that this site asks; in a fallback those before the one that
    ///   answered may have got the words too.
    package init(_ record: DiscussionRecord, configured: Set<ProviderID>) {
        self.record = record
        for round in record.rounds {
            for (index, spoken) in round.messages.enumerated() {
                // A message keeps the time of its first attempt; the one that succeeded came before the next.
                let next = round.messages.dropFirst(index + 1).first?.createdAt
                add(spoken, of: round, until: next ?? round.completedAt ?? .distantFuture)
            }
        }
        for written in record.summaries { add(written) }
        for ending in record.endings { add(ending) }
        for asked in record.asked { add(asked) }
        // Of files it is noted who was given what, before it is given.
        for file in record.files {
            for view in file.views { add(view.provider, view.model) { $0.files.insert(file.id) } }
        }
        shares.sort { ($0.provider.rawValue, $0.model) < ($1.provider.rawValue, $1.model) }
        addFallbacks(configured)
    }

    private mutating func add(
        _ provider: ProviderID,
        _ model: String,
        _ change: (inout Share) -> Void
    ) {
        let known = shares.firstIndex { $0.provider == provider && $0.model == model }
        if known == nil { shares.append(Share(provider: provider, model: model)) }
        change(&shares[known ?? shares.count - 1])
    }

    private mutating func add(
        _ spoken: DiscussionRecord.SpokenMessage,
        of round: DiscussionRecord.RoundRecord,
        until: Date
    ) {
        let at = spoken.createdAt
        // A prompt has one summary: that of its first attempt, or one written before a later one.
        let standing = standing(at)
        let summaries = record.summaries.filter { $0.createdAt > at && $0.createdAt <= until }.map(\.summary)
        let covered = standing?.throughRound ?? 0
        let said = round.messages.filter { $0.message.seat < spoken.message.seat }.map(\.message.id)
        let asked = record.asked.contains {
            ($0.provider, $0.model, $0.purpose)
                == (spoken.message.provider, spoken.message.model, .message)
        }
        let record = record
        add(spoken.message.provider, spoken.message.model) { share in
            // A discussion from before calls were counted, or a model that answered under another name.
            if !asked { share.calls[.message, default: 0] += 1 }
            for summary in [standing].compactMap({ $0 }) + summaries
            where summary.throughRound < round.number { share.summaries.insert(summary.id) }
            share.messages.formUnion(said)
            let first = max(covered, share.seenThrough) + 1
            for earlier in record.rounds.drop(while: { $0.number < first }).prefix(while: {
                $0.number < round.number
            }) {
                share.messages.formUnion(earlier.messages.map(\.message.id))
            }
            share.seenThrough = max(share.seenThrough, round.number - 1)
            // A clock that was put back may have let a summary of later rounds stand then.
            share.addPerson(record, rounds: min(max(covered, 1), round.number)...round.number, until)
        }
    }

    private mutating func add(_ written: DiscussionRecord.WrittenSummary) {
        let (summary, at) = (written.summary, written.createdAt)
        let before = record.summaries.last { $0.createdAt < at }?.summary
        addMaterial(to: (summary.provider, summary.model), summary: before, at, of: nil)
    }

    private mutating func add(_ ending: DiscussionRecord.Ending) {
        guard let provider = ending.resolution.provider, let model = ending.resolution.model else { return }
        // The judge is asked about the round; a conclusion that the person asks for is about all.
        let only = ending.resolution.reason == .person ? nil : ending.resolution.round
        addMaterial(to: (provider, model), summary: standing(ending.createdAt), ending.createdAt, of: only)
    }

    private mutating func add(_ asked: DiscussionRecord.Asked) {
        add(asked.provider, asked.model) { $0.calls[asked.purpose] = asked.answers }
        let writer = (asked.provider, asked.model)
        switch asked.purpose {
        case .verdict:
            for round in record.rounds where round.complete {
                let at = round.completedAt ?? round.startedAt
                addMaterial(to: writer, summary: standing(at), at, of: round.number)
            }
        case .questions:
            for set in record.questionSets {
                addMaterial(to: writer, summary: standing(set.createdAt), set.createdAt, of: set.round)
            }
        // Messages, summaries and conclusions tell themselves who was asked.
        case .message, .summary, .conclusion: break
        }
    }

    /// What those who write about the discussion are shown: one round, or all that the summary leaves.
    private mutating func addMaterial(
        to writer: (provider: ProviderID, model: String),
        summary: Summary?,
        _ at: Date,
        of only: Int?
    ) {
        let record = record
        add(writer.provider, writer.model) { share in
            if let summary { share.summaries.insert(summary.id) }
            let first = only ?? (summary?.throughRound ?? 0) + 1
            let rounds = record.rounds.filter { round in
                round.number >= first && (only == nil || round.number == only) && round.startedAt <= at
            }
            for round in rounds {
                share.messages.formUnion(round.messages.filter { $0.createdAt <= at }.map(\.message.id))
                share.addPerson(record, rounds: round.number...round.number, at)
            }
        }
    }

    private mutating func addFallbacks(_ configured: Set<ProviderID>) {
        // A discussion that stays in the house asks nobody else.
        guard record.discussion.place == .any else { return }
        var found: [ProviderID: [MessageID]] = [:]
        for message in record.rounds.flatMap(\.messages).map(\.message) where message.fallback {
            let seat = record.discussion.panel.seats.first { $0.seat == message.seat }
            guard let assigned = seat?.provider else { continue }
            for provider in ProviderID.chain(from: assigned).prefix(while: { $0 != message.provider })
            where provider == assigned || configured.contains(provider) {
                found[provider, default: []].append(message.id)
            }
        }
        perhaps = found.map { Perhaps(provider: $0, messages: $1) }
            .sorted { $0.provider.rawValue < $1.provider.rawValue }
    }

    /// The summary that stood in for earlier rounds at an instant.
    private func standing(_ at: Date) -> Summary? {
        record.summaries.last { $0.createdAt <= at }?.summary
    }
}

extension WordsSent.Share {
    fileprivate mutating func addPerson(_ record: DiscussionRecord, rounds: ClosedRange<Int>, _ at: Date) {
        for (index, remark) in record.remarks.enumerated()
        where rounds.contains(remark.round) && remark.at <= at {
            remarks.insert(index)
        }
        for asked in record.questionSets where rounds.contains(asked.round) {
            if let answeredAt = asked.answeredAt, answeredAt <= at { answers.insert(asked.set.id) }
        }
    }
}
