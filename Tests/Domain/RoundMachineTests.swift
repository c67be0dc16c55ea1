import Domain
import Testing

@Suite("The round machine")
struct RoundMachineTests {
    typealias Machine = RoundMachine

    enum Outcome: Sendable {
        case goes(to: Machine, [Machine.Action])
        case refuses(Machine.Refusal)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let from: Machine
        let input: Machine.Input
        let outcome: Outcome

        init(_ from: Machine, _ input: Machine.Input, _ outcome: Outcome) {
            (self.from, self.input, self.outcome) = (from, input, outcome)
        }

        var testDescription: String {
            "\(from.status), round \(from.round), \(from.finishedSeats) of 3 finished, "
                + "\(from.roundComplete ? "complete" : "incomplete"): \(input)"
        }
    }

    /// A state of a table of three.
    static func state(
        _ status: DiscussionStatus,
        round: Int,
        finished: Int,
        complete: Bool = false
    ) -> Machine {
        Machine(
            status: status,
            panelSize: 3,
            round: round,
            roundComplete: complete,
            finishedSeats: finished
        )
    }

    static let fresh = state(.running, round: 0, finished: 0, complete: true)
    static let speaking = (0...2).map { state(.running, round: 1, finished: $0) }
    /// All have spoken; a crash came before the round was closed.
    static let unclosed = state(.running, round: 1, finished: 3)
    static let waiting = state(.waiting, round: 1, finished: 3, complete: true)
    static let interrupted = (0...2).map { state(.waiting, round: 1, finished: $0) }
    static let interruptedAtTheEnd = state(.waiting, round: 1, finished: 3)
    static let resolved = state(.resolved, round: 1, finished: 3, complete: true)
    static let resolvedMidway = state(.resolved, round: 1, finished: 1)

    static let table: [Row] = [
        Row(fresh, .proceed, .refuses(.notWaiting)),
        Row(fresh, .resumed, .goes(to: speaking[0], [.openRound(1), .speak(seat: 1, round: 1)])),
        Row(fresh, .seatFinished, .refuses(.notRunning)),
        Row(fresh, .seatFailed, .refuses(.notRunning)),

        Row(speaking[0], .proceed, .refuses(.notWaiting)),
        Row(speaking[0], .resumed, .goes(to: speaking[0], [.speak(seat: 1, round: 1)])),
        Row(speaking[0], .seatFinished, .goes(to: speaking[1], [.speak(seat: 2, round: 1)])),
        Row(speaking[0], .seatFailed, .goes(to: interrupted[0], [.interruptRound(1)])),

        Row(speaking[1], .proceed, .refuses(.notWaiting)),
        Row(speaking[1], .resumed, .goes(to: speaking[1], [.speak(seat: 2, round: 1)])),
        Row(speaking[1], .seatFinished, .goes(to: speaking[2], [.speak(seat: 3, round: 1)])),
        Row(speaking[1], .seatFailed, .goes(to: interrupted[1], [.interruptRound(1)])),

        Row(speaking[2], .proceed, .refuses(.notWaiting)),
        Row(speaking[2], .resumed, .goes(to: speaking[2], [.speak(seat: 3, round: 1)])),
        Row(speaking[2], .seatFinished, .goes(to: waiting, [.completeRound(1)])),
        Row(speaking[2], .seatFailed, .goes(to: interrupted[2], [.interruptRound(1)])),

        Row(unclosed, .proceed, .refuses(.notWaiting)),
        Row(unclosed, .resumed, .goes(to: waiting, [.completeRound(1)])),
        Row(unclosed, .seatFinished, .refuses(.notRunning)),
        Row(unclosed, .seatFailed, .refuses(.notRunning)),

        Row(
            waiting,
            .proceed,
            .goes(
                to: state(.running, round: 2, finished: 0),
                [.openRound(2), .speak(seat: 1, round: 2)]
            )
        ),
        Row(waiting, .resumed, .goes(to: waiting, [])),
        Row(waiting, .seatFinished, .refuses(.notRunning)),
        Row(waiting, .seatFailed, .refuses(.notRunning)),

        Row(interrupted[0], .proceed, .goes(to: speaking[0], [.speak(seat: 1, round: 1)])),
        Row(interrupted[0], .resumed, .goes(to: interrupted[0], [])),
        Row(interrupted[0], .seatFinished, .refuses(.notRunning)),
        Row(interrupted[0], .seatFailed, .refuses(.notRunning)),

        Row(interrupted[1], .proceed, .goes(to: speaking[1], [.speak(seat: 2, round: 1)])),
        Row(interrupted[1], .resumed, .goes(to: interrupted[1], [])),
        Row(interrupted[1], .seatFinished, .refuses(.notRunning)),
        Row(interrupted[1], .seatFailed, .refuses(.notRunning)),

        Row(interrupted[2], .proceed, .goes(to: speaking[2], [.speak(seat: 3, round: 1)])),
        Row(interrupted[2], .resumed, .goes(to: interrupted[2], [])),
        Row(interrupted[2], .seatFinished, .refuses(.notRunning)),
        Row(interrupted[2], .seatFailed, .refuses(.notRunning)),

        Row(interruptedAtTheEnd, .proceed, .goes(to: waiting, [.completeRound(1)])),
        Row(interruptedAtTheEnd, .resumed, .goes(to: interruptedAtTheEnd, [])),
        Row(interruptedAtTheEnd, .seatFinished, .refuses(.notRunning)),
        Row(interruptedAtTheEnd, .seatFailed, .refuses(.notRunning)),

        Row(resolved, .proceed, .refuses(.notWaiting)),
        Row(resolved, .resumed, .goes(to: resolved, [])),
        Row(resolved, .seatFinished, .refuses(.notRunning)),
        Row(resolved, .seatFailed, .refuses(.notRunning)),

        Row(resolvedMidway, .proceed, .refuses(.notWaiting)),
        Row(resolvedMidway, .resumed, .goes(to: resolvedMidway, [])),
        Row(resolvedMidway, .seatFinished, .refuses(.notRunning)),
        Row(resolvedMidway, .seatFailed, .refuses(.notRunning)),
    ]

    @Test("goes where the table says, or refuses and stays as it was", arguments: table)
    func row(_ row: Row) throws {
        var machine = row.from
        switch row.outcome {
        case .goes(let next, let actions):
            #expect(try machine.apply(row.input) == actions)
            #expect(machine == next)
        case .refuses(let refusal):
            #expect(throws: refusal) { try machine.apply(row.input) }
            #expect(machine == row.from)
        }
    }

    @Test("has a row for every state and every input")
    func coverage() {
        for (state, rows) in Dictionary(grouping: Self.table, by: \.from) {
            #expect(Set(rows.map(\.input)) == Set(Machine.Input.allCases), "\(state)")
            #expect(rows.count == Machine.Input.allCases.count)
        }
    }

    @Test("never reaches a state that the table does not know")
    func closure() throws {
        let known = Set(Self.table.map(\.from))
        var seen: Set<Machine> = []
        var rest = [Machine(panelSize: 3)]
        while let state = rest.popLast() {
            // Later rounds are like the first.
            guard state.round < 2, seen.insert(state).inserted else { continue }
            #expect(known.contains(state), "\(state)")
            for input in Machine.Input.allCases {
                var next = state
                guard (try? next.apply(input)) != nil else { continue }
                rest.append(next)
            }
        }
        #expect(seen.isSuperset(of: [Self.fresh, Self.waiting] + Self.speaking + Self.interrupted))
    }

    @Test("starts running, with no round behind it")
    func start() {
        #expect(Machine(panelSize: 3) == Self.fresh)
    }

    @Test("lets every seat of a panel of any size speak once a round, in order", arguments: [1, 2, 3, 5])
    func order(panelSize: Int) throws {
        var machine = Machine(panelSize: panelSize)
        for round in 1...4 {
            var actions = try machine.apply(round == 1 ? .resumed : .proceed)
            #expect(actions.removeFirst() == .openRound(round))
            for seat in 1...panelSize {
                #expect(actions == [.speak(seat: seat, round: round)])
                actions = try machine.apply(.seatFinished)
            }
            #expect(actions == [.completeRound(round)])
            #expect(machine.status == .waiting)
        }
    }
}
