extension Discussion {
    /// The same, as somebody else's.
    package func owned(by owner: PersonID) -> Discussion { with(id: id, owner: owner) }

    fileprivate func with(id: DiscussionID, owner: PersonID) -> Discussion {
        Discussion(
            id: id,
            owner: owner,
            topic: topic,
            place: place,
            panel: panel,
            status: status,
            activity: activity,
            roundLimit: roundLimit,
            version: version,
            createdAt: createdAt,
            updatedAt: updatedAt,
            cost: cost
        )
    }
}

extension DiscussionRecord {
    /// The same discussion once more, with ids of its own, to lie beside the one that it was made from.
    package func copied() -> DiscussionRecord {
        var copy = self
        copy.discussion = discussion.with(id: .random(), owner: discussion.owner)
        copy.rounds = rounds.map { round in
            RoundRecord(
                number: round.number,
                complete: round.complete,
                startedAt: round.startedAt,
                completedAt: round.completedAt,
                messages: round.messages.map {
                    SpokenMessage(message: $0.message.with(id: .random()), createdAt: $0.createdAt)
                }
            )
        }
        copy.questionSets = questionSets.map { asked in
            AskedQuestions(
                round: asked.round,
                set: QuestionSet(id: .random(), questions: asked.set.questions),
                createdAt: asked.createdAt,
                answeredAt: asked.answeredAt,
                answers: asked.answers
            )
        }
        copy.files = files.map { file in
            var file = file
            file.id = Identifier<KeptFile>.random().rawValue
            return file
        }
        copy.summaries = summaries.map { written in
            WrittenSummary(summary: written.summary.with(id: .random()), createdAt: written.createdAt)
        }
        return copy
    }
}

extension Message {
    fileprivate func with(id: MessageID) -> Message {
        Message(
            id: id,
            seat: seat,
            persona: persona,
            turn: turn,
            content: content,
            provider: provider,
            model: model,
            fallback: fallback,
            truncated: truncated,
            promptTokens: promptTokens,
            completionTokens: completionTokens,
            cost: cost,
            durationMs: durationMs,
            timeToFirstTokenMs: timeToFirstTokenMs,
            promptVersion: promptVersion,
            finished: finished
        )
    }
}

extension Summary {
    fileprivate func with(id: SummaryID) -> Summary {
        Summary(
            id: id,
            throughRound: throughRound,
            content: content,
            provider: provider,
            model: model,
            promptVersion: promptVersion
        )
    }
}
