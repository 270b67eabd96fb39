internal import Tensors

/// What a linear layer's inputs were, channel by channel.
package struct InputStatistics: Sendable, Equatable {
    package private(set) var maximum: [Float]
    package private(set) var minimum: [Float]
    package private(set) var mean: [Float]
    package private(set) var absoluteMaximum: [Float]
    package private(set) var absoluteMean: [Float]

    init(_ inputs: Activations, pool: WorkerPool) {
        let width = inputs.width
        var sums = [(max: Float, min: Float, sum: Double, absolute: Double)](
            repeating: (-.infinity, .infinity, 0, 0), count: width)
        sums.withUnsafeMutableBufferPointer { sums in
            // A cache line of channels, all rows: the order of the sum does not depend on the threads.
            pool.forEachStretch(of: width, length: 64) { channels in
                for row in 0..<inputs.rows {
                    let values = inputs.row(row)
                    for channel in channels {
                        let value = values[channel]
                        sums[channel].max = max(sums[channel].max, value)
                        sums[channel].min = min(sums[channel].min, value)
                        sums[channel].sum += Double(value)
                        sums[channel].absolute += Double(abs(value))
                    }
                }
            }
        }
        let rows = Double(max(inputs.rows, 1))
        maximum = sums.map(\.max)
        minimum = sums.map(\.min)
        mean = sums.map { Float($0.sum / rows) }
        absoluteMaximum = sums.map { max(abs($0.max), abs($0.min)) }
        absoluteMean = sums.map { Float($0.absolute / rows) }
    }
}
