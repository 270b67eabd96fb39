package import CoreMetrics
internal import Synchronization

/// Metrics in memory, and their text in Prometheus' format (version 0.0.4).
///
/// Recorders that aggregate are histograms with the buckets that were described for their name; the others are gauges.
package final class PrometheusRegistry: MetricsFactory {
    /// What a name stands for.
    package struct Description: Sendable {
        package var help: String
        /// Upper bounds of a histogram's buckets, in ascending order.
        package var buckets: [Double]

        package init(help: String, buckets: [Double] = []) {
            self.help = help
            self.buckets = buckets
        }
    }

    private let descriptions: [String: Description]
    private let state = Mutex<[Series]>([])

    package init(descriptions: [String: Description]) { self.descriptions = descriptions }

    /// All series, in the order in which they were made, with those of one name together.
    package var text: String {
        let series = state.withLock(\.self)
        var names: [String] = []
        var groups: [String: [Series]] = [:]
        for one in series {
            if groups[one.name] == nil { names.append(one.name) }
            groups[one.name, default: []].append(one)
        }
        var text = ""
        for name in names {
            guard let group = groups[name], let first = group.first else { continue }
            text += "# HELP \(name) \(descriptions[name]?.help ?? name)\n"
            text += "# TYPE \(name) \(first.kind.rawValue)\n"
            for one in group { text += one.lines }
        }
        return text
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, aggregate ? .histogram : .gauge)
    }

    /// Timers are histograms of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: - Internals

    /// The series of a name and labels; the same ones give the same series.
    private func series(
        _ name: String, _ dimensions: [(String, String)], _ kind: Series.Kind
    ) -> Series {
        let labels = dimensions.map { Series.Label(name: $0.0, value: $0.1) }
        return state.withLock { series in
            if let known = series.first(where: { $0.name == name && $0.labels == labels && $0.kind == kind })
            {
                return known
            }
            let new = Series(
                name: name, labels: labels, kind: kind, buckets: descriptions[name]?.buckets ?? [])
            series.append(new)
            return new
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { $0.removeAll { $0 === handler } }
    }
}

/// The numbers of one name with one set of labels.
final class Series: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    struct Label: Sendable, Equatable {
        let name: String
        let value: String
    }

    let name: String
    let labels: [Label]
    let kind: Kind
    private let buckets: [Double]
    private let state: Mutex<State>

    private struct State {
        /// A counter's or gauge's value, a histogram's sum.
        var value = 0.0
        var count = 0
        /// Observations in each bucket and above the last one.
        var bucketCounts: [Int]
    }

    init(name: String, labels: [Label], kind: Kind, buckets: [Double]) {
        self.name = name
        self.labels = labels
        self.kind = kind
        self.buckets = buckets
        state = Mutex(State(bucketCounts: [Int](repeating: 0, count: buckets.count + 1)))
    }

    func add(_ amount: Double) { state.withLock { $0.value += amount } }

    func observe(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.value += value
            state.count += 1
            state.bucketCounts[bucket] += 1
        }
    }

    func replace(_ value: Double) { state.withLock { $0.value = value } }

    /// The series' lines of the text.
    var lines: String {
        let (value, count, bucketCounts) = state.withLock { ($0.value, $0.count, $0.bucketCounts) }
        guard kind == .histogram else { return line("", labels, Self.number(value)) }
        var text = ""
        var sum = 0
        for (bound, inBucket) in zip(buckets.map(Self.number) + ["+Inf"], bucketCounts) {
            sum += inBucket
            text += line("_bucket", labels + [Label(name: "le", value: bound)], "\(sum)")
        }
        return text + line("_sum", labels, Self.number(value)) + line("_count", labels, "\(count)")
    }

    private func line(_ suffix: String, _ labels: [Label], _ value: String) -> String {
        let shown = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        return "\(name)\(suffix)\(shown.isEmpty ? "" : "{\(shown)}") \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n", "\r\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension Series: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
    func reset() { replace(0) }
    func set(_ value: Int64) { replace(Double(value)) }
    func set(_ value: Double) { replace(value) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { kind == .histogram ? observe(value) : replace(value) }
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }
}
