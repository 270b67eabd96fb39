internal import Synchronization
internal import Tensors

/// Rounds whole weights with a ``GroupQuantizer``, on all threads.
struct RowQuantizer {
    let quantizer: GroupQuantizer
    let group: Int
    let pool: WorkerPool

    /// Replaces a row by what its 4-bit values stand for. Groups whose scale does not fit become NaN, and no search
    /// chooses them.
    func roundTrip(_ row: UnsafeMutableBufferPointer<Float>, limits: UnsafeBufferPointer<Float>? = nil) {
        for index in 0..<row.count / group {
            let weights = row.slice(index * group, group)
            let limit = limits?[index] ?? .infinity
            guard let parameters = quantizer.parameters(UnsafeBufferPointer(weights), limit: limit) else {
                weights.update(repeating: .nan)
                continue
            }
            for place in weights.indices {
                let value = GroupQuantizer.quantize(weights[place], parameters, limit: limit)
                weights[place] = (value - parameters.zero) * parameters.scale
            }
        }
    }

    /// - Parameter limits: [outputs][groups], where magnitudes are cut off.
    func quantize(_ weights: WeightRows, limits: [Float]? = nil) throws(QuantizationError) -> QuantizedWeights
    {
        var result = QuantizedWeights(outputs: weights.outputs, inputs: weights.inputs, group: group)
        let groups = result.groups
        let inputs = weights.inputs
        let failure = Mutex<Int?>(nil)
        result.values.withUnsafeMutableBufferPointer { values in
            result.scales.withUnsafeMutableBufferPointer { scales in
                result.zeros.withUnsafeMutableBufferPointer { zeros in
                    pool.forEachStretch(of: weights.outputs, length: 16) { rows in
                        withFloats(rows.count * inputs) { floats in
                            weights.read(rows, into: floats)
                            for (index, row) in rows.enumerated() {
                                for g in 0..<groups {
                                    let part = floats.slice(index * inputs + g * group, group)
                                    let limit = limits?[row * groups + g] ?? .infinity
                                    guard
                                        let parameters = quantizer.parameters(
                                            UnsafeBufferPointer(part), limit: limit)
                                    else {
                                        failure.withLock { $0 = $0 ?? row }
                                        return
                                    }
                                    scales[row * groups + g] = parameters.scaleBits
                                    zeros[row * groups + g] = UInt8(parameters.zero)
                                    for place in 0..<group {
                                        values[row * inputs + g * group + place] = UInt8(
                                            GroupQuantizer.quantize(part[place], parameters, limit: limit))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        if let row = failure.withLock({ $0 }) { throw .scaleRange(tensor: weights.name, row: row) }
        return result
    }

    /// One scale for each output, values of -127 to 127.
    static func quantizeChannels(_ weights: WeightRows, pool: WorkerPool) -> ChannelWeights {
        var result = ChannelWeights(outputs: weights.outputs, inputs: weights.inputs)
        let inputs = weights.inputs
        result.values.withUnsafeMutableBufferPointer { values in
            result.scales.withUnsafeMutableBufferPointer { scales in
                pool.forEachStretch(of: weights.outputs, length: 16) { rows in
                    withFloats(rows.count * inputs) { floats in
                        weights.read(rows, into: floats)
                        for (index, row) in rows.enumerated() {
                            scales[row] = quantizeChannel(
                                floats.slice(index * inputs, inputs),
                                into: UnsafeMutableBufferPointer(
                                    rebasing: values[row * inputs..<(row + 1) * inputs]))
                        }
                    }
                }
            }
        }
        return result
    }

    /// - Returns: the scale of an output's weights.
    static func quantizeChannel(
        _ weights: UnsafeMutableBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Int8>
    ) -> Float {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        // A row of zeros needs a scale too.
        let scale = roundedUp(max(largest, smallestMagnitude) / 127)
        for place in weights.indices {
            let value = (weights[place] / scale).rounded(.toNearestOrEven)
            values[place] = Int8(max(-127, min(127, value)))
        }
        return scale
    }

    private static let smallestMagnitude: Float = 1e-5

    /// To fp16, in which readers may hold it.
    private static func roundedUp(_ scale: Float) -> Float {
        let bits = HalfFloat.bits(scale)
        let rounded = HalfFloat.value(bits)
        let half = rounded < scale ? HalfFloat.value(bits + 1) : rounded
        return half.isFinite ? half : scale
    }
}
