import Foundation

/// Prometheus' text format 0.0.4, as far as Parley writes it.
///
/// Source: prometheus.io/docs/instrumenting/exposition_formats.
package enum PrometheusText {
    /// `a="b",c="d"`, in the order of names, so that the same labels are the same text.
    package static func labels(_ labels: [(String, String)]) -> String {
        labels.sorted { $0.0 < $1.0 }.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    package static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    /// A label's value: anything may stand in it, a line's end and a quote only escaped.
    package static func escaped(_ value: String) -> String {
        escaped(help: value).replacingOccurrences(of: "\"", with: "\\\"")
    }

    package static func escaped(help: String) -> String {
        help.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
    }

    package static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Swift writes 1e+15 as others do, and whole numbers with a needless ".0".
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}
