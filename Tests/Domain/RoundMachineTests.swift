import Testing

@testable import Domain

/// Every state with every input: what follows, or which refusal, and that a refusal changes nothing.
@Suite struct RoundMachineTests {
    typealias Machine = RoundMachine

    /// The states that differ in what they allow, by name.
    ///
    /// Panels of three; the second round is the last.
    static let states: [(name: String, machine: Machine)] = [
        ("just started", running(.round, round: 0, complete: true)),
        ("first seat speaks", running(.round, finished: 0)),
        ("second seat speaks", running(.round, finished: 1)),
        ("last seat speaks", running(.round, finished: 2)),
        ("judged now", running(.round, finished: 3)),
        ("judged in the last round", running(.round, round: 2, finished: 3)),
        ("questions are written", running(.questions, finished: 3, complete: true)),
        ("a summary is written", running(.summary, finished: 3, complete: true)),
        ("a conclusion is written", running(.resolution, finished: 3, complete: true)),
        ("waits before anything was said", waiting(finished: 0, complete: false)),
        ("waits in a round", waiting(finished: 1, complete: false)),
        ("waits after a round", waiting(finished: 3, complete: true)),
        ("waits for answers", waiting(finished: 3, complete: true, questions: .open)),
        ("waits after answers in a round", waiting(finished: 1, complete: false, questions: .answered)),
        ("resolved", machine(.resolved, nil, round: 1, finished: 3, complete: true)),
    ]

    static let inputs: [Machine.Input] = [
        .proceed, .addInput(proceed: true), .addInput(proceed: false), .submitAnswers, .generateQuestions,
        .generateSummary, .resolve(withWords: true), .resolve(withWords: false), .reopen(rounds: 20),
        .stop(hasSpoken: true), .stop(hasSpoken: false), .resumed, .seatFinished, .judged(resolved: true),
        .judged(resolved: false), .written, .failed,
    ]

    /// What follows: the actions, and the status and activity after them.
    struct Next: Equatable, CustomStringConvertible {
        var actions: [Machine.Action]
        var status: DiscussionStatus
        var activity: Activity?

        init(_ actions: [Machine.Action], _ status: DiscussionStatus, _ activity: Activity? = nil) {
            (self.actions, self.status, self.activity) = (actions, status, activity)
        }

        var description: String { "\(actions) then \(status) \(activity.map(\.rawValue) ?? "")" }
    }

    /// The legal pairs.
    ///
    /// Everything that is not here is refused.
    static func legal(_ state: String) -> [Machine.Input: Next] {
        let open2 = Next([.openRound(2), .speak(seat: 1, round: 2)], .running, .round)
        let waits = Next([], .waiting)
        switch state {
        case "just started":
            return [
                .resumed: Next([.openRound(1), .speak(seat: 1, round: 1)], .running, .round),
                .stop(hasSpoken: true): Next([.silence], .waiting),
                .stop(hasSpoken: false): Next([.silence], .waiting), .failed: waits,
            ]
        case "first seat speaks", "second seat speaks":
            let seat = state.hasPrefix("first") ? 1 : 2
            return [
                .resumed: Next([.speak(seat: seat, round: 1)], .running, .round),
                .seatFinished: Next([.speak(seat: seat + 1, round: 1)], .running, .round),
                .stop(hasSpoken: true): Next([.silence], .waiting),
                .stop(hasSpoken: false): Next([.silence], .waiting), .failed: waits,
            ]
        case "last seat speaks":
            return [
                .resumed: Next([.speak(seat: 3, round: 1)], .running, .round),
                .seatFinished: Next([.judge(round: 1)], .running, .round),
                // With its last seat cut short every seat has spoken: the round is complete.
                .stop(hasSpoken: true): Next([.silence, .completeRound(1)], .waiting),
                .stop(hasSpoken: false): Next([.silence], .waiting), .failed: waits,
            ]
        case "judged now", "judged in the last round":
            let round = state == "judged now" ? 1 : 2
            let stopped =
                round == 1
                ? Next([.silence, .completeRound(1)], .waiting)
                : Next([.silence, .completeRound(2), .resolve(.maxTurns)], .resolved)
            return [
                .resumed: Next([.judge(round: round)], .running, .round),
                .judged(resolved: true): Next([.completeRound(round), .resolve(.agreed)], .resolved),
                .judged(resolved: false): round == 1
                    ? Next([.completeRound(1)], .waiting)
                    : Next([.completeRound(2), .resolve(.maxTurns)], .resolved),
                .stop(hasSpoken: true): stopped, .stop(hasSpoken: false): stopped, .failed: waits,
            ]
        case "questions are written", "a summary is written", "a conclusion is written":
            let (activity, action, written): (Activity, Machine.Action, Next) =
                switch state {
                case "questions are written": (.questions, .writeQuestions(round: 1), waits)
                case "a summary is written": (.summary, .writeSummary(round: 1), waits)
                default:
                    (.resolution, .writeConclusion(round: 1), Next([.resolve(.person)], .resolved))
                }
            return [
                .resumed: Next([action], .running, activity), .written: written, .failed: waits,
                .stop(hasSpoken: true): Next([.silence], .waiting),
                .stop(hasSpoken: false): Next([.silence], .waiting),
            ]
        case "resolved":
            return [.reopen(rounds: 20): waits, .resumed: Next([], .resolved)]
        default:
            let goOn: Next =
                switch state {
                case "waits before anything was said": Next([.speak(seat: 1, round: 1)], .running, .round)
                case "waits in a round", "waits after answers in a round":
                    Next([.speak(seat: 2, round: 1)], .running, .round)
                default: open2
                }
            var next: [Machine.Input: Next] = [
                .proceed: goOn, .addInput(proceed: true): goOn, .addInput(proceed: false): waits,
                .resolve(withWords: true): Next([.resolve(.person)], .resolved), .resumed: waits,
            ]
            if state == "waits for answers" { next[.submitAnswers] = goOn }
            if state == "waits after answers in a round" {
                next[.generateSummary] = Next([.writeSummary(round: 1)], .running, .summary)
                next[.resolve(withWords: false)] = Next([.writeConclusion(round: 1)], .running, .resolution)
            } else if state != "waits before anything was said" {
                next[.generateQuestions] = Next([.writeQuestions(round: 1)], .running, .questions)
                next[.generateSummary] = Next([.writeSummary(round: 1)], .running, .summary)
                next[.resolve(withWords: false)] = Next([.writeConclusion(round: 1)], .running, .resolution)
            }
            return next
        }
    }

    /// Why an input is refused where it is not legal.
    static func refusal(of input: Machine.Input, in machine: Machine) -> Machine.Refusal {
        switch input {
        case .reopen: machine.status == .running ? .notWaiting : .notResolved
        case .stop, .seatFinished, .judged, .written, .failed, .resumed: .notRunning
        case _ where machine.status != .waiting: .notWaiting
        case .submitAnswers: .noOpenQuestions
        case .generateQuestions where machine.questions == .answered: .questionsAnswered
        default: .nothingSaid
        }
    }

    @Test(arguments: states.map(\.name))
    func `every input is either followed or refused, and a refusal changes nothing`(state: String) throws {
        let start = try #require(Self.states.first { $0.name == state }).machine
        let legal = Self.legal(state)
        for input in Self.inputs {
            var machine = start
            if let next = legal[input] {
                let actions = try machine.apply(input)
                #expect(Next(actions, machine.status, machine.activity) == next, "\(state): \(input)")
            } else {
                #expect(throws: Self.refusal(of: input, in: start), "\(state): \(input)") {
                    try machine.apply(input)
                }
                #expect(machine == start)
            }
        }
    }

    @Test func `a seat that was stopped counts as finished once it has said something`() throws {
        var spoken = try #require(Self.states.first { $0.name == "second seat speaks" }).machine
        var silent = spoken
        _ = try spoken.apply(.stop(hasSpoken: true))
        #expect(try spoken.apply(.proceed) == [.speak(seat: 3, round: 1)])
        _ = try silent.apply(.stop(hasSpoken: false))
        #expect(try silent.apply(.proceed) == [.speak(seat: 2, round: 1)])
    }

    @Test func `questions are answered once, and a new round forgets them`() throws {
        var machine = try #require(Self.states.first { $0.name == "questions are written" }).machine
        _ = try machine.apply(.written)
        #expect(machine.questions == .open)
        var unanswered = machine
        _ = try machine.apply(.submitAnswers)
        // The answers open the next round, which has no questions yet.
        #expect(machine.questions == .none)
        _ = try unanswered.apply(.proceed)
        #expect(unanswered.questions == .none)
    }

    @Test func `reopening allows as many rounds more`() throws {
        var machine = Self.machine(.resolved, nil, round: 2, finished: 3, complete: true)
        _ = try machine.apply(.reopen(rounds: 2))
        #expect(machine.roundLimit == 4)
        for round in 3...4 {
            _ = try machine.apply(.proceed)
            for _ in 1...3 { _ = try machine.apply(.seatFinished) }
            let actions = try machine.apply(.judged(resolved: false))
            #expect(actions.contains(.resolve(.maxTurns)) == (round == 4))
        }
    }

    @Test func `a discussion left alone goes from its start to waiting`() throws {
        var machine = Machine(panelSize: 3, roundLimit: 20)
        var actions = try machine.apply(.resumed)
        #expect(actions.removeFirst() == .openRound(1))
        for seat in 1...3 {
            #expect(actions == [.speak(seat: seat, round: 1)])
            actions = try machine.apply(.seatFinished)
        }
        #expect(actions == [.judge(round: 1)])
        #expect(try machine.apply(.judged(resolved: false)) == [.completeRound(1)])
        #expect(machine.status == .waiting)
    }

    private static func running(
        _ activity: Activity,
        round: Int = 1,
        finished: Int = 0,
        complete: Bool = false
    ) -> Machine {
        machine(.running, activity, round: round, finished: finished, complete: complete)
    }

    private static func waiting(finished: Int, complete: Bool, questions: Machine.Questions = .none)
        -> Machine
    {
        machine(.waiting, nil, round: 1, finished: finished, complete: complete, questions: questions)
    }

    private static func machine(
        _ status: DiscussionStatus,
        _ activity: Activity?,
        round: Int,
        finished: Int,
        complete: Bool,
        questions: Machine.Questions = .none
    ) -> Machine {
        Machine(
            status: status,
            activity: activity,
            panelSize: 3,
            round: round,
            roundComplete: complete,
            finishedSeats: finished,
            roundLimit: 2,
            questions: questions
        )
    }
}
