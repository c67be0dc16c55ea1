package import CoreMetrics
import Domain
package import Store
package import Support

/// What is counted while it happens; what can be looked up is looked up when somebody asks (``Site/metrics``).
package struct Meters: Sendable {
    /// Who counts; whoever has more to count makes a counter of its own from it.
    package let factory: any MetricsFactory
    private let delivery: CoreMetrics.Timer

    package init(_ factory: any MetricsFactory) {
        self.factory = factory
        // One event may end thousands of polls: looked up once.
        delivery = CoreMetrics.Timer(label: "parley_event_delivery_seconds", factory: factory)
        // What has not happened yet is 0 and not unknown: an alert on its increase would miss the first.
        _ = counter("parley_rounds_total")
        for code in [ErrorCode.budgetExceeded, .noProvider, .providerError, .providerTimeout] {
            _ = counter("parley_errors_total", [("code", code.rawValue)])
        }
    }

    /// What the names mean.
    package static let families: [String: PrometheusRegistry.Family] = [
        "parley_request_seconds": .init(
            "Time until the head of an answer, by route, method and status; polls and streams go on after it."
        ),
        "parley_commands_total": .init(
            "Commands that were acknowledged; replayed: had been carried out before."
        ),
        "parley_event_delivery_seconds": .init(
            "Time from a commit's bell to the answer of a poll that waited for it."
        ),
        "parley_events_total": .init("Events that this process committed, by type; without message-chunk."),
        "parley_rounds_total": .init("Rounds that came to their end."),
        "parley_tokens_total": .init("Tokens that providers counted, or we estimated, by direction."),
        "parley_cost_usd_total": .init("What was spent, in US dollars, as far as prices are known."),
        "parley_provider_answer_seconds": .init("Time of a whole message, from the request to its end."),
        "parley_provider_first_token_seconds": .init("Time from the request to the first words."),
        "parley_errors_total": .init("Error events, by code."),
    ]

    /// Counts what a transaction has changed.
    package func count(_ committed: [Committed]) {
        for change in committed {
            switch change {
            case .event(let body): count(body)
            case .usage(let usage): count(usage)
            }
        }
    }

    private func count(_ body: EventBody) {
        counter("parley_events_total", [("type", body.type)]).increment()
        switch body {
        case .roundComplete: counter("parley_rounds_total").increment()
        case .error(let failure):
            counter("parley_errors_total", [("code", failure.code.rawValue)]).increment()
        case .messageComplete(let complete):
            let message = complete.message
            let provider = [("provider", message.provider.rawValue)]
            if let duration = message.durationMs {
                timer("parley_provider_answer_seconds", provider).recordMilliseconds(duration)
            }
            if let first = message.timeToFirstTokenMs {
                timer("parley_provider_first_token_seconds", provider).recordMilliseconds(first)
            }
        default: break
        }
    }

    private func count(_ usage: Usage) {
        let provider = ("provider", usage.provider.rawValue)
        counter("parley_tokens_total", [provider, ("direction", "prompt")]).increment(by: usage.promptTokens)
        counter("parley_tokens_total", [provider, ("direction", "completion")])
            .increment(by: usage.completionTokens)
        guard let cost = usage.cost else { return }
        FloatingPointCounter(label: "parley_cost_usd_total", dimensions: [provider], factory: factory)
            .increment(by: cost)
    }

    func requested(route: String, method: String, status: Int, in time: Duration) {
        let labels = [("route", route), ("method", method), ("status", String(status))]
        timer("parley_request_seconds", labels).recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    func acknowledged(_ command: String, replayed: Bool) {
        counter("parley_commands_total", [("command", command), ("replayed", String(replayed))]).increment()
    }

    func delivered(after time: Duration) {
        delivery.recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    private func counter(_ name: String, _ labels: [(String, String)] = []) -> Counter {
        Counter(label: name, dimensions: labels, factory: factory)
    }

    private func timer(_ name: String, _ labels: [(String, String)]) -> CoreMetrics.Timer {
        CoreMetrics.Timer(label: name, dimensions: labels, factory: factory)
    }
}
