import Domain

/// A round as pages show it.
struct RoundView {
    struct MessageView {
        let id: String
        let seat: Int
        let persona: String
        let by: String
        let html: String
        let truncated: Bool
        let smallPrint: String

        init(_ message: Message) {
            id = message.id.rawValue
            seat = message.seat
            persona = message.persona.name
            by = "\(message.provider.displayName) · \(message.model)\(message.fallback ? " · fallback" : "")"
            html = MarkdownHTML.render(message.content)
            truncated = message.truncated
            let tokens = message.completionTokens.map { "\($0) tokens" }
            let seconds = message.durationMs.map { "\(Double(($0 + 50) / 100) / 10) s" }
            let cost = message.cost.flatMap { $0 > 0 ? Dollars.text($0) : nil }
            smallPrint = (["turn \(message.turn)"] + [tokens, seconds, cost].compactMap { $0 })
                .joined(separator: " · ")
        }
    }

    struct AnsweredView {
        struct Chosen {
            let text: String
        }

        let question: String
        let chosen: [Chosen]
        let words: String?
    }

    struct Remark {
        let text: String
    }

    let number: Int
    let messages: [MessageView]
    let answered: [AnsweredView]
    // Stored, as all that templates see: they look at stored properties alone.
    let hasAnswers: Bool
    let remarks: [Remark]
    let link: String

    init(_ round: Round, of discussion: DiscussionID) {
        number = round.number
        link = Links.round(round.number, of: discussion)
        messages = round.messages.filter(\.finished).map(MessageView.init)
        remarks = round.userInput.map(Remark.init)
        answered = (round.answers ?? []).compactMap { answer in
            guard let question = round.questionSet?.questions.first(where: { $0.id == answer.question })
            else {
                return nil
            }
            return AnsweredView(
                question: question.text,
                chosen: question.options.filter { answer.options.contains($0.id) }.map {
                    .init(text: $0.text)
                },
                words: answer.text.isEmpty ? nil : answer.text
            )
        }
        hasAnswers = !answered.isEmpty
    }
}
