import Domain
import Engine
import Foundation
import Hummingbird
import NIOCore
import Scanning
import Store
import Support

extension Site {
    /// `GET /metrics`: numbers for Prometheus, in its text format 0.0.4.
    ///
    /// nginx hands it to the machine itself alone.
    @Sendable func metrics(_ request: Request, _ context: SiteContext) async throws -> Response {
        var text = MetricsText()
        let providers = await health.report()
        text.family(
            "parley_provider_up",
            "gauge",
            "Whether an answer may be expected from the provider: 0 after a failure, and while it is left alone.",
            providers.map { ($0, $0.isWell ? 1 : 0) }
        )
        text.family(
            "parley_provider_breaker_open",
            "gauge",
            "Whether the provider is left alone after several failures in a row.",
            providers.map { ($0, $0.isResting ? 1 : 0) }
        )
        text.family(
            "parley_provider_requests_total",
            "counter",
            "Requests that were sent to the provider for discussions.",
            providers.map { ($0, Double($0.requests)) }
        )
        text.family(
            "parley_provider_failures_total",
            "counter",
            "Requests that the provider did not answer.",
            providers.map { ($0, Double($0.failures)) }
        )
        text.family(
            "parley_provider_retries_total",
            "counter",
            "Requests that were tried again at the same provider.",
            providers.map { ($0, Double($0.retries)) }
        )
        text.family(
            "parley_provider_waiting",
            "gauge",
            "Answers that wait for room at the provider.",
            providers.map { ($0, Double($0.waiting)) }
        )
        if let report = await backups?() { text.add(report, at: engine.now()) }
        text.gauge("parley_polls", "Polls and live pages that wait for news.", [("", Double(polls.count))])
        text.gauge(
            "parley_consumer_lag",
            "Event numbers between what the consumer has acknowledged and the log's end.",
            try await store.read { reader in try reader.listConsumers() }.map {
                let labels = [("person", "\($0.person)"), ("consumer", "\($0.name)")]
                return (PrometheusText.braced(PrometheusText.labels(labels)), Double($0.lag))
            }
        )
        scanning(&text)
        caching(&text)
        let load = await engine.load
        text.gauge("parley_engine_running", "Discussions that are worked on.", [("", Double(load.running))])
        text.gauge(
            "parley_engine_waiting",
            "Discussions that wait for their turn to be worked on.",
            [("", Double(load.waiting))]
        )
        text.gauge(
            "parley_newest_event",
            "The number of the newest event in the log.",
            [("", Double(try await store.read { reader in try reader.newestEvent() }))]
        )
        text.counter(
            "parley_database_busy_total",
            "Writes that were given up because another process held the database for too long.",
            store.busy
        )
        return await Response(
            status: .ok,
            headers: Response.headers(type: "text/plain; version=0.0.4; charset=utf-8"),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text + moreMetrics()))
        )
    }
}

extension Site {
    private func scanning(_ text: inout MetricsText) {
        let counts = scanner.counts
        text.gauge(
            "parley_scanner_up",
            "Whether files can be scanned: 0 while none is accepted, or while scanning is switched off.",
            [("", scanner.isOn && scanner.report.status != .down ? 1 : 0)]
        )
        text.gauge(
            "parley_signatures_age_seconds",
            "Since the virus signatures in force were made.",
            scanner.signaturesMade.map { [("", engine.now().timeIntervalSince($0))] } ?? []
        )
        text.counter(
            "parley_scans_total",
            "Files that were scanned, by verdict; failed: no verdict, so the file was not accepted.",
            [
                ("{verdict=\"clean\"}", Double(counts.clean)),
                ("{verdict=\"infected\"}", Double(counts.infected)),
                ("{verdict=\"refused\"}", Double(counts.refused)),
                ("{verdict=\"failed\"}", Double(counts.failed)),
            ]
        )
        text.counter(
            "parley_scan_seconds_total",
            "The time that files waited for their verdict, all together.",
            [("", counts.seconds)]
        )
    }
}

extension ProviderState {
    fileprivate var isResting: Bool {
        if case .resting = condition { true } else { false }
    }
}

/// Prometheus' text format.
struct MetricsText {
    private(set) var text = ""

    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) counter\n\(name) \(value)\n"
    }

    mutating func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double)]) {
        family(name, "gauge", help, labelled: values)
    }

    mutating func counter(_ name: String, _ help: String, _ values: [(labels: String, value: Double)]) {
        family(name, "counter", help, labelled: values)
    }

    private mutating func family(
        _ name: String,
        _ type: String,
        _ help: String,
        labelled values: [(labels: String, value: Double)]
    ) {
        guard !values.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in values { text += "\(name)\(labels) \(value)\n" }
    }

    mutating func family(
        _ name: String,
        _ type: String,
        _ help: String,
        _ values: [(provider: ProviderState, value: Double)]
    ) {
        guard !values.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (provider, value) in values {
            text += "\(name){provider=\"\(provider.id.rawValue)\"} \(value)\n"
        }
    }
}
