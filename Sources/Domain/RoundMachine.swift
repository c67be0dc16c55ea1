/// What may follow what in a discussion: (state, input) → (state, actions).
///
/// No I/O.
///
/// The engine performs the actions and feeds their results back in. After a restart it loads the
/// state and feeds ``Input/resumed``.
package struct RoundMachine: Sendable, Hashable {
    package private(set) var status: DiscussionStatus
    package private(set) var activity: Activity?
    package let panelSize: Int
    /// The round that is under way or was the last; 0 before the first.
    package private(set) var round: Int
    package private(set) var roundComplete: Bool
    /// Seats speak in order, so the ones that have finished are the first so many.
    package private(set) var finishedSeats: Int
    /// After this round the discussion is resolved, agreed or not.
    package private(set) var roundLimit: Int
    /// The questions about this round.
    package private(set) var questions: Questions

    /// Questions about a round: a set may take the place of one that was not answered, never of answers.
    package enum Questions: Sendable, Hashable {
        case none, open, answered
    }

    package init(
        status: DiscussionStatus,
        activity: Activity?,
        panelSize: Int,
        round: Int,
        roundComplete: Bool,
        finishedSeats: Int,
        roundLimit: Int,
        questions: Questions
    ) {
        self.status = status
        self.activity = activity
        self.panelSize = panelSize
        self.round = round
        self.roundComplete = roundComplete
        self.finishedSeats = finishedSeats
        self.roundLimit = roundLimit
        self.questions = questions
    }

    /// A discussion that has just been started.
    package init(panelSize: Int, roundLimit: Int) {
        self.init(
            status: .running,
            activity: .round,
            panelSize: panelSize,
            round: 0,
            roundComplete: true,
            finishedSeats: 0,
            roundLimit: roundLimit,
            questions: .none
        )
    }

    package enum Input: Sendable, Hashable {
        // What the person asks for.
        case proceed
        /// A remark; `proceed` says whether the next round begins with it.
        case addInput(proceed: Bool)
        case submitAnswers
        case generateQuestions
        case generateSummary
        /// Ends the discussion, with the person's words or with a conclusion that a model writes.
        case resolve(withWords: Bool)
        /// Opens a resolved discussion again, for `rounds` more.
        case reopen(rounds: Int)
        /// `hasSpoken`: the seat that is speaking has said something, which stays.
        case stop(hasSpoken: Bool)

        // What the engine reports.
        /// The engine took the discussion up: just started, or after a restart.
        case resumed
        /// The seat that was speaking has finished its message.
        case seatFinished
        /// The judge has spoken, or has not in time.
        case judged(resolved: Bool)
        /// The questions, the summary or the conclusion are written.
        case written
        /// No provider could do what is under way.
        case failed
    }

    package enum Action: Sendable, Hashable {
        case openRound(Int)
        case speak(seat: Int, round: Int)
        /// Ask whether the table agrees.
        case judge(round: Int)
        case completeRound(Int)
        /// The discussion ends after this round; it comes right after ``completeRound(_:)``.
        case resolve(Resolution.Reason)
        case writeQuestions(round: Int)
        case writeSummary(round: Int)
        case writeConclusion(round: Int)
        /// End what is being said; what was said so far stays as the seat's message.
        case silence
    }

    /// Why an input may not follow.
    package enum Refusal: Error, Hashable {
        case notWaiting
        case notRunning
        case notResolved
        /// There are no questions that wait for answers.
        case noOpenQuestions
        /// The questions about this round were answered; their answers are not written over.
        case questionsAnswered
        /// There is nothing yet that could be asked about, summed up or concluded.
        case nothingSaid
    }

    /// Goes to the next state.
    ///
    /// - Throws: ``Refusal``; the state is then what it was.
    /// - Returns: what is to be done now, in order.
    package mutating func apply(_ input: Input) throws(Refusal) -> [Action] {
        switch input {
        case .proceed:
            try requireWaiting()
            return run(.round)
        case .addInput(let proceed):
            try requireWaiting()
            return proceed ? run(.round) : []
        case .submitAnswers:
            try requireWaiting()
            guard questions == .open else { throw .noOpenQuestions }
            questions = .answered
            return run(.round)
        case .generateQuestions:
            try requireSomethingSaid()
            guard questions != .answered else { throw .questionsAnswered }
            return run(.questions)
        case .generateSummary:
            try requireSomethingSaid()
            return run(.summary)
        case .resolve(let withWords):
            try requireWaiting()
            if withWords {
                status = .resolved
                return [.resolve(.person)]
            }
            try requireSomethingSaid()
            return run(.resolution)
        case .reopen(let rounds):
            guard status != .running else { throw .notWaiting }
            guard status == .resolved else { throw .notResolved }
            status = .waiting
            roundLimit = round + rounds
            return []
        case .stop(let hasSpoken):
            guard status == .running else { throw .notRunning }
            return stop(hasSpoken: hasSpoken)
        case .resumed:
            return status == .running ? goOn() : []
        case .seatFinished, .judged, .written, .failed:
            guard status == .running, expects(input) else { throw .notRunning }
            return report(input)
        }
    }

    /// Whether what is under way can end in this way.
    private func expects(_ input: Input) -> Bool {
        let isRound = activity == .round && !roundComplete
        return switch input {
        case .seatFinished: isRound && finishedSeats < panelSize
        case .judged: isRound && finishedSeats == panelSize
        case .written: activity != .round
        default: true
        }
    }

    private mutating func report(_ input: Input) -> [Action] {
        switch input {
        case .seatFinished:
            finishedSeats += 1
            return goOn()
        case .judged(let resolved):
            roundComplete = true
            activity = nil
            let reason: Resolution.Reason? = resolved ? .agreed : round >= roundLimit ? .maxTurns : nil
            status = reason == nil ? .waiting : .resolved
            return [.completeRound(round)] + (reason.map { [.resolve($0)] } ?? [])
        case .written:
            let wasConclusion = activity == .resolution
            if activity == .questions { questions = .open }
            status = wasConclusion ? .resolved : .waiting
            activity = nil
            return wasConclusion ? [.resolve(.person)] : []
        default:
            status = .waiting
            activity = nil
            return []
        }
    }

    /// An incomplete round goes on at its first seat without a finished message.
    private mutating func goOn() -> [Action] {
        switch activity {
        case .questions: return [.writeQuestions(round: round)]
        case .summary: return [.writeSummary(round: round)]
        case .resolution: return [.writeConclusion(round: round)]
        case .round, nil: break
        }
        if roundComplete {
            round += 1
            roundComplete = false
            finishedSeats = 0
            questions = .none
            return [.openRound(round), .speak(seat: 1, round: round)]
        }
        if finishedSeats < panelSize {
            return [.speak(seat: finishedSeats + 1, round: round)]
        }
        return [.judge(round: round)]
    }

    private mutating func run(_ activity: Activity) -> [Action] {
        status = .running
        self.activity = activity
        return goOn()
    }

    private mutating func stop(hasSpoken: Bool) -> [Action] {
        let wasRound = activity == .round
        status = .waiting
        activity = nil
        guard wasRound, !roundComplete else { return [.silence] }
        if finishedSeats < panelSize, hasSpoken { finishedSeats += 1 }
        guard finishedSeats == panelSize else { return [.silence] }
        // Every seat has spoken: nothing is left that a next step could continue in this round.
        roundComplete = true
        guard round >= roundLimit else { return [.silence, .completeRound(round)] }
        status = .resolved
        return [.silence, .completeRound(round), .resolve(.maxTurns)]
    }

    private func requireWaiting() throws(Refusal) {
        guard status == .waiting else { throw .notWaiting }
    }

    private func requireSomethingSaid() throws(Refusal) {
        try requireWaiting()
        guard round > 1 || finishedSeats > 0 else { throw .nothingSaid }
    }
}
