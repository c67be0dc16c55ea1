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
        let copy: String

        init(_ message: Message, of discussion: DiscussionID) {
            id = message.id.rawValue
            copy = Links.markdown(message: message.id, of: discussion)
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

    /// What is told of a round without its words.
    struct Gist {
        /// Who spoke, and what the person did.
        let who: String
        let speaker: String
        let opening: String
        let remark: String?

        init(_ outline: RoundOutline, panel: Int) {
            let speakers = outline.speakers.map(\.name)
            let voices =
                switch speakers.count {
                case 0: "nobody has spoken yet"
                // At a table of one or two the names say as much as the number.
                case 3... where speakers.count == panel: "\(panel) voices"
                default: speakers.joined(separator: ", ")
                }
            let remarks = outline.remarks == 1 ? "your remark" : "\(outline.remarks) remarks of yours"
            who = [voices, outline.hasAnswers ? "your answers" : "", outline.remarks > 0 ? remarks : ""]
                .filter { !$0.isEmpty }.joined(separator: " · ")
            speaker = speakers.last ?? ""
            opening = Self.excerpt(outline.opening)
            remark = outline.remarks > 0 ? Self.excerpt(outline.remark) : nil
        }

        private static func excerpt(_ text: String) -> String {
            Opening.of(text, isCut: text.unicodeScalars.count >= RoundOutline.openingLimit)
        }
    }

    /// What was said in the round.
    struct Content {
        let messages: [MessageView]
        let answered: [AnsweredView]
        // Stored, as all that templates see: they look at stored properties alone.
        let hasAnswers: Bool
        let remarks: [Remark]
        /// The round as Markdown; nil while nothing of it is finished.
        let copy: String?

        init(_ round: Round, of discussion: DiscussionID) {
            messages = round.messages.filter(\.finished).map { MessageView($0, of: discussion) }
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
            copy = messages.isEmpty ? nil : Links.markdown(round: round.number, of: discussion)
        }
    }

    let number: Int
    let link: String
    /// As ``RoundOutline/parts``.
    let parts: Int
    let gist: Gist
    /// Nil where the round is collapsed and its words are behind its link.
    let content: Content?

    /// - Parameter round: the round with its words, if they are to be shown.
    init(_ outline: RoundOutline, _ round: Round?, of discussion: DiscussionID, panel: Int) {
        number = outline.number
        link = Links.round(outline.number, of: discussion)
        parts = outline.parts
        gist = Gist(outline, panel: panel)
        content = round.map { Content($0, of: discussion) }
    }
}
