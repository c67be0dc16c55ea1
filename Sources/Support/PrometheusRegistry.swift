package import CoreMetrics
import Synchronization

/// Keeps what swift-metrics counts, and tells it in Prometheus' text format 0.0.4.
///
/// Small on purpose: counters, gauges, and histograms over one set of bounds. Handed down, never bootstrapped as
/// the process's own: two sites in one process, as the tests have them, count apart.
package final class PrometheusRegistry: Sendable {
    /// What is known of a name before anything has it.
    package struct Family: Sendable {
        package let help: String
        /// Upper bounds of a histogram's buckets.
        package let bounds: [Double]

        package init(_ help: String, bounds: [Double] = PrometheusRegistry.seconds) {
            self.help = help
            self.bounds = bounds
        }
    }

    /// From a page that is read from memory to an answer that a model thinks about.
    package static let seconds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
    ]

    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private let families: [String: Family]
    private let series = Mutex<[Key: any PrometheusSeries]>([:])

    /// - Parameter families: what each name means; one that is not among them has no help.
    package init(_ families: [String: Family]) {
        self.families = families
    }

    /// All that was counted, in the order of names.
    package var text: String {
        let series = series.withLock { $0 }
        var lines: [String] = []
        var last = ""
        for (key, value) in series.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) })
        {
            if key.name != last {
                if let help = families[key.name]?.help {
                    lines.append("# HELP \(key.name) \(PrometheusText.escaped(help: help))")
                }
                lines.append("# TYPE \(key.name) \(value.type)")
                last = key.name
            }
            lines += value.lines(name: key.name, labels: key.labels)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The one series of this name and these labels; two that ask for it share it.
    private func find<Series: PrometheusSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: (Family) -> Series
    ) -> Series {
        let key = Key(name: label, labels: PrometheusText.labels(dimensions))
        return series.withLock { series in
            if let known = series[key] as? Series { return known }
            let made = make(families[label] ?? Family(""))
            series[key] = made
            return made
        }
    }

    private func forget(_ handler: AnyObject) {
        series.withLock { series in series = series.filter { $0.value !== handler } }
    }
}

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions) { _ in PrometheusNumber(type: "counter") }
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(label, dimensions) { _ in PrometheusNumber(type: "counter") }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions) { _ in PrometheusNumber(type: "gauge") }
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return find(label, dimensions) { _ in PrometheusNumber(type: "gauge") } }
        return find(label, dimensions) { PrometheusHistogram(bounds: $0.bounds) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions) { PrometheusHistogram(bounds: $0.bounds) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}
