internal import Tensors

/// What values were, channel by channel.
package struct InputStatistics: Sendable, Equatable {
    package private(set) var maximum: [Float]
    package private(set) var minimum: [Float]
    package private(set) var mean: [Float]
    package private(set) var absoluteMaximum: [Float]
    package private(set) var absoluteMean: [Float]

    init(_ inputs: Activations, pool: WorkerPool) {
        var accumulator = StatisticsAccumulator(channels: inputs.width)
        accumulator.add(inputs, rows: inputs.rows, pool: pool)
        self = accumulator.statistics
    }

    fileprivate init(_ channels: [StatisticsAccumulator.Channel], rows: Int) {
        let rows = Double(max(rows, 1))
        maximum = channels.map(\.maximum)
        minimum = channels.map(\.minimum)
        mean = channels.map { Float($0.sum / rows) }
        absoluteMaximum = channels.map { max(abs($0.maximum), abs($0.minimum)) }
        absoluteMean = channels.map { Float($0.absoluteSum / rows) }
    }
}

/// Statistics of rows that are seen a few at a time.
struct StatisticsAccumulator {
    fileprivate struct Channel {
        var maximum = -Float.infinity
        var minimum = Float.infinity
        var sum: Double = 0
        var absoluteSum: Double = 0
    }

    private var channels: [Channel]
    private var rows = 0

    init(channels: Int) { self.channels = Array(repeating: Channel(), count: channels) }

    var statistics: InputStatistics { InputStatistics(channels, rows: rows) }

    /// Adds the first `rows` rows of some values.
    /// - Parameter first: the column of the first channel.
    mutating func add(_ values: Activations, rows: Int, from first: Int = 0, pool: WorkerPool) {
        self.rows += rows
        channels.withUnsafeMutableBufferPointer { channels in
            // SAFETY: every thread has channels of its own.
            let all = channels
            // A cache line of channels, all rows: the order of the sum does not depend on the threads.
            pool.forEachStretch(of: channels.count, length: 64) { own in
                for row in 0..<rows {
                    let values = values.row(row)
                    for index in own {
                        let value = values[first + index]
                        all[index].maximum = max(all[index].maximum, value)
                        all[index].minimum = min(all[index].minimum, value)
                        all[index].sum += Double(value)
                        all[index].absoluteSum += Double(abs(value))
                    }
                }
            }
        }
    }
}
