/// What may follow what in a discussion: (state, input) → (state, actions). No I/O.
///
/// The engine performs the actions and feeds their results back in. After a restart it loads the
/// state and feeds ``Input/resumed``.
package struct RoundMachine: Sendable, Hashable {
    package private(set) var status: DiscussionStatus
    package let panelSize: Int
    /// The round that is under way or was the last; 0 before the first.
    package private(set) var round: Int
    package private(set) var roundComplete: Bool
    /// Seats speak in order, so the ones that have finished are the first so many.
    package private(set) var finishedSeats: Int

    package init(
        status: DiscussionStatus, panelSize: Int, round: Int, roundComplete: Bool, finishedSeats: Int
    ) {
        self.status = status
        self.panelSize = panelSize
        self.round = round
        self.roundComplete = roundComplete
        self.finishedSeats = finishedSeats
    }

    /// A discussion that has just been started.
    package init(panelSize: Int) {
        self.init(
            status: .running, panelSize: panelSize, round: 0, roundComplete: true, finishedSeats: 0)
    }

    package enum Input: Sendable, Hashable, CaseIterable {
        /// The person: go on.
        case proceed
        /// The engine took the discussion up: just started, or after a restart.
        case resumed
        /// The seat that was speaking has finished its message.
        case seatFinished
        /// No provider could give the seat its voice.
        case seatFailed
    }

    package enum Action: Sendable, Hashable {
        case openRound(Int)
        case speak(seat: Int, round: Int)
        case completeRound(Int)
        /// Leave the round as it is and wait for the person.
        case interruptRound(Int)
    }

    /// Why an input may not follow.
    package enum Refusal: Error, Hashable {
        case notWaiting
        case notRunning
    }

    /// Goes to the next state.
    ///
    /// - Throws: ``Refusal``; the state is then what it was.
    /// - Returns: what is to be done now, in order.
    package mutating func apply(_ input: Input) throws(Refusal) -> [Action] {
        switch input {
        case .proceed:
            guard status == .waiting else { throw .notWaiting }
            status = .running
            return goOn()
        case .resumed:
            return status == .running ? goOn() : []
        case .seatFinished:
            guard isSpeaking else { throw .notRunning }
            finishedSeats += 1
            return goOn()
        case .seatFailed:
            guard isSpeaking else { throw .notRunning }
            status = .waiting
            return [.interruptRound(round)]
        }
    }

    /// A seat has its turn; after a crash all may have spoken while the round is not closed yet.
    private var isSpeaking: Bool {
        status == .running && !roundComplete && finishedSeats < panelSize
    }

    /// An incomplete round goes on at its first seat without a finished message.
    private mutating func goOn() -> [Action] {
        if roundComplete {
            round += 1
            roundComplete = false
            finishedSeats = 0
            return [.openRound(round), .speak(seat: 1, round: round)]
        }
        if finishedSeats < panelSize {
            return [.speak(seat: finishedSeats + 1, round: round)]
        }
        roundComplete = true
        status = .waiting
        return [.completeRound(round)]
    }
}
