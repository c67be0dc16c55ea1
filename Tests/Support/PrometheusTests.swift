import CoreMetrics
import Support
import Testing

@Suite("Prometheus' text")
struct PrometheusTests {
    private let registry = PrometheusRegistry([
        "a_total": .init("What is \\ counted\nand how."), "b_seconds": .init("Times.", bounds: [0.1, 1]),
    ])

    @Test("has a counter's help, type, labels in order, and value")
    func counter() {
        let labels = [("route", "/x"), ("method", "GET")]
        Counter(label: "a_total", dimensions: labels, factory: registry).increment()
        // The same labels in another order are the same series.
        Counter(label: "a_total", dimensions: labels.reversed(), factory: registry).increment(by: 2)
        Counter(label: "a_total", dimensions: [("route", "/y"), ("method", "GET")], factory: registry)
            .increment()
        #expect(
            registry.text == """
                # HELP a_total What is \\\\ counted\\nand how.
                # TYPE a_total counter
                a_total{method="GET",route="/x"} 3
                a_total{method="GET",route="/y"} 1

                """
        )
    }

    @Test("escapes what a label may hold")
    func escaping() {
        Counter(label: "a_total", dimensions: [("name", "a\"b\\c\nd ☃")], factory: registry).increment()
        #expect(registry.text.hasSuffix("\na_total{name=\"a\\\"b\\\\c\\nd ☃\"} 1\n"))
    }

    @Test("has a histogram's buckets, each with all below it, its sum and its count")
    func histogram() {
        let timer = CoreMetrics.Timer(label: "b_seconds", dimensions: [("x", "y")], factory: registry)
        for milliseconds in [50, 100, 500, 3_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.text == """
                # HELP b_seconds Times.
                # TYPE b_seconds histogram
                b_seconds_bucket{x="y",le="0.1"} 2
                b_seconds_bucket{x="y",le="1"} 3
                b_seconds_bucket{x="y",le="+Inf"} 4
                b_seconds_sum{x="y"} 3.65
                b_seconds_count{x="y"} 4

                """
        )
    }

    @Test("has gauges that go up and down, sums of parts, and names without a help")
    func others() {
        let meter = Meter(label: "c", factory: registry)
        meter.set(5)
        meter.decrement(by: 1.5)
        FloatingPointCounter(label: "d_total", factory: registry).increment(by: 0.25)
        Gauge(label: "e", factory: registry).record(7)
        Recorder(label: "f", factory: registry).record(0.002)
        #expect(
            registry.text.contains(
                "# TYPE c gauge\nc 3.5\n# TYPE d_total counter\nd_total 0.25\n# TYPE e gauge\ne 7\n"
            )
        )
        #expect(registry.text.contains("f_bucket{le=\"0.001\"} 0\nf_bucket{le=\"0.0025\"} 1\n"))
        meter.destroy()
        #expect(!registry.text.contains("# TYPE c "))
    }

    @Test(
        "writes numbers as Prometheus reads them",
        arguments: [
            (0, "0"), (3, "3"), (-2, "-2"), (0.5, "0.5"), (1e18, "1e+18"), (.infinity, "+Inf"), (.nan, "NaN"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test("counts what many threads count at once")
    func together() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        Counter(label: "a_total", factory: registry).increment()
                        CoreMetrics.Timer(label: "b_seconds", factory: registry).recordMilliseconds(1)
                    }
                }
            }
        }
        #expect(registry.text.contains("\na_total 4000\n"))
        #expect(registry.text.contains("\nb_seconds_count 4000\n"))
    }
}
