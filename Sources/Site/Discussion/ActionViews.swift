import Domain
import Uploads

/// What a person can do while the discussion waits for them.
struct WaitingView {
    struct QuestionView {
        struct OptionView {
            let field: String
            let id: String
            let text: String
            let ticked: Bool
        }

        let id: String
        let text: String
        let options: [OptionView]
        let words: String
        /// Its words are what was wrong with the form.
        let isFault: Bool
    }

    struct Questions {
        let form: ActionForm
        let round: Int
        /// Which questions: ticks and words for others are not taken over.
        let set: String
        let questions: [QuestionView]
    }

    let failure: String?
    let proceed: ActionForm
    let proceedLabel: String
    let input: ActionForm
    let typedInput: String
    let isInputFault: Bool
    let questions: Questions?
    let addFiles: FilesForm?
    let askQuestions: ActionForm?
    let summarise: ActionForm?
    let resolve: ActionForm
    /// What is told of `resolve` when the person wrote the conclusion.
    let closed: String
    let typedConclusion: String
    let isConclusionFault: Bool
    let isClosing: Bool
    let canConclude: Bool

    /// - Parameters:
    ///   - typed: a form that was refused, whose words come back.
    ///   - fault: the field of it that was refused.
    init(
        _ transcript: Transcript,
        failure: String?,
        typed: Form?,
        fault: String?,
        uploads: Uploads?,
        form: (Links.Action) -> ActionForm
    ) {
        let round = transcript.rounds.last
        let somethingSaid = transcript.rounds.contains { $0.messages.contains(where: \.finished) }
        self.failure = failure
        proceed = form(.proceed)
        // A failure of something else than the round is not tried again by going on.
        proceedLabel =
            round?.complete != false
            ? "Go on with another round" : failure == nil ? "Go on with the round" : "Try again"
        input = form(.input)
        typedInput = typed?.shown("input") ?? ""
        isInputFault = fault == "input"
        addFiles = uploads.map { uploads in
            let again = typed?.hadFiles ?? false
            let isFault = fault == "files"
            return FilesForm(
                form: form(.files),
                files: FileChoice(uploads, again: again, isFault: isFault),
                isOpen: again || isFault
            )
        }
        askQuestions = somethingSaid && round?.answers == nil ? form(.questions) : nil
        summarise = somethingSaid ? form(.summary) : nil
        resolve = form(.resolve)
        closed = Outcome.closed
        typedConclusion = typed?.shown("conclusion") ?? ""
        isConclusionFault = fault == "conclusion"
        isClosing = !typedConclusion.isEmpty || isConclusionFault
        canConclude = somethingSaid
        if let round, let set = round.questionSet, round.answers == nil {
            questions = Questions(
                form: form(.answers),
                round: round.number,
                set: set.id.rawValue,
                questions: set.questions.map { question in
                    let ticked = (try? typed?.texts("q-\(question.id)")) ?? []
                    return QuestionView(
                        id: question.id,
                        text: question.text,
                        options: question.options.map {
                            .init(
                                field: "q-\(question.id)",
                                id: $0.id,
                                text: $0.text,
                                ticked: ticked.contains($0.id)
                            )
                        },
                        words: typed?.shown("t-\(question.id)") ?? "",
                        isFault: fault == "t-\(question.id)"
                    )
                }
            )
        } else {
            questions = nil
        }
    }

    /// The id of what on the page was refused, or else of all that can be done.
    func id(of fault: String?) -> String {
        let all = "action"
        guard let fault else { return all }
        switch fault {
        case "input", "conclusion": return fault
        case "files": return addFiles == nil ? all : fault
        default:
            guard let questions else { return all }
            if questions.questions.contains(where: \.isFault) { return fault }
            let isAnswer = ["answers", "round"].contains(fault) || fault.hasPrefix("q-")
            return isAnswer ? "answers" : all
        }
    }
}

struct SummaryView {
    let html: String
    let covers: String

    init(_ summary: Summary) {
        html = MarkdownHTML.render(summary.content, headingLevel: 3)
        covers =
            summary.throughRound == 1
            ? "Covers round 1." : "Covers the rounds up to \(summary.throughRound)."
    }
}

struct ResolutionView {
    struct DissentView {
        let persona: String
        let view: String
    }

    struct Line {
        let text: String
    }

    let html: String
    let why: String
    let agree: String?
    let dissent: [DissentView]
    let openQuestions: [Line]
    let hasDissent: Bool
    let hasOpenQuestions: Bool
    let copy: String

    init(_ resolution: Resolution, of discussion: DiscussionID) {
        copy = Links.markdownConclusion(of: discussion)
        html = MarkdownHTML.render(resolution.conclusion, headingLevel: 3)
        let by = resolution.model.map { " The conclusion was written by \($0)." } ?? ""
        why =
            switch resolution.reason {
            case .agreed: "The table came to agree after round \(resolution.round).\(by)"
            case .person: "You closed the discussion.\(by)"
            case .maxTurns: "The discussion reached its last round, \(resolution.round).\(by)"
            }
        agree = resolution.agree.isEmpty ? nil : resolution.agree.joined(separator: ", ")
        dissent = resolution.dissent.map { .init(persona: $0.persona, view: $0.view) }
        openQuestions = resolution.openQuestions.map(Line.init)
        hasDissent = !dissent.isEmpty
        hasOpenQuestions = !openQuestions.isEmpty
    }
}
