import CoreMetrics
import Synchronization

/// One line of Prometheus' text, or a histogram's.
protocol PrometheusSeries: AnyObject, Sendable {
    var type: String { get }

    func lines(name: String, labels: String) -> [String]
}

/// A counter or a gauge.
final class PrometheusNumber: PrometheusSeries, CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler
{
    let type: String
    private let value = Mutex(0.0)

    init(type: String) {
        self.type = type
    }

    func lines(name: String, labels: String) -> [String] {
        ["\(name)\(PrometheusText.braced(labels)) \(PrometheusText.number(value.withLock { $0 }))"]
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
    func reset() { set(0.0) }
}

/// How often something was at most so large.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int]
        var count = 0
        var sum = 0.0
    }

    let type = "histogram"
    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: bounds.map { _ in 0 }))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.count += 1
            state.sum += value
            if let index = bounds.firstIndex(where: { value <= $0 }) { state.counts[index] += 1 }
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(name: String, labels: String) -> [String] {
        let state = state.withLock { $0 }
        let comma = labels.isEmpty ? "" : ","
        var lines: [String] = []
        var below = 0
        for (bound, count) in zip(bounds, state.counts) {
            below += count
            lines.append("\(name)_bucket{\(labels)\(comma)le=\"\(PrometheusText.number(bound))\"} \(below)")
        }
        lines.append("\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(state.count)")
        lines.append("\(name)_sum\(PrometheusText.braced(labels)) \(PrometheusText.number(state.sum))")
        lines.append("\(name)_count\(PrometheusText.braced(labels)) \(state.count)")
        return lines
    }
}
