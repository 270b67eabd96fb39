import CoreMetrics
import Serving
import Testing

/// Metrics in Prometheus' text format.
@Suite struct PrometheusTests {
    private let registry = PrometheusRegistry(descriptions: [
        "app:seconds": .init(help: "How long.", buckets: [0.1, 1]),
        "app:total": .init(help: "How many."), "app:now": .init(help: "How many now."),
    ])

    @Test func histogramsHaveCumulativeBuckets() {
        let recorder = Recorder(label: "app:seconds", dimensions: [("model", "m")], factory: registry)
        for value in [0.05, 0.1, 0.5, 7] { recorder.record(value) }
        let text = """
            # HELP app:seconds How long.
            # TYPE app:seconds histogram
            app:seconds_bucket{model="m",le="0.1"} 2
            app:seconds_bucket{model="m",le="1"} 3
            app:seconds_bucket{model="m",le="+Inf"} 4
            app:seconds_sum{model="m"} 7.65
            app:seconds_count{model="m"} 4

            """
        #expect(registry.text == text)
    }

    @Test func seriesOfOneNameStandTogetherAndLabelsAreEscaped() {
        let first = Counter(label: "app:total", dimensions: [("why", "a\"b\\c\nd")], factory: registry)
        Meter(label: "app:now", factory: registry).set(2.5)
        let second = Counter(label: "app:total", dimensions: [("why", "stop")], factory: registry)
        first.increment(by: 3)
        second.increment()
        Counter(label: "app:total", dimensions: [("why", "stop")], factory: registry).increment()
        let text = """
            # HELP app:total How many.
            # TYPE app:total counter
            app:total{why="a\\"b\\\\c\\nd"} 3
            app:total{why="stop"} 2
            # HELP app:now How many now.
            # TYPE app:now gauge
            app:now 2.5

            """
        #expect(registry.text == text)
    }
}
