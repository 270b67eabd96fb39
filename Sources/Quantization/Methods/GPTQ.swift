internal import Synchronization
internal import Tensors

/// Rounds the inputs of a linear layer one after the other, and corrects those that are left for the error so far
/// (Frantar et al. 2022, algorithm 1; columns in their own order).
struct GPTQ {
    let quantizer: GroupQuantizer
    let group: Int
    let compute: FloatCompute

    /// Outputs that go through the inverse factor together: it is read from memory once for all of them.
    private static let outputsAtOnce = 16

    /// H = X^T X of a linear layer's inputs.
    func products(_ inputs: Activations) throws(QuantizationError) -> FloatBuffer {
        let width = inputs.width
        let products: FloatBuffer
        do {
            products = try FloatBuffer(count: width * width, for: "the products of a layer's inputs")
        } catch {
            throw .memory(error.description)
        }
        let h = products.elements
        // SAFETY: every thread has rows of the result of its own.
        let target = h
        compute.pool.forEachStretch(of: width, length: 8) { own in
            for row in 0..<inputs.rows {
                let values = inputs.row(row)
                for i in own where values[i] != 0 {
                    InverseFactor.subtract(
                        values, times: -values[i], from: target.slice(i * width, width), 0..<width)
                }
            }
        }
        return products
    }

    func quantize(_ weights: WeightRows, _ factor: InverseFactor) throws(QuantizationError)
        -> QuantizedWeights
    {
        var result = QuantizedWeights(outputs: weights.outputs, inputs: weights.inputs, group: group)
        let failure = Mutex<Int?>(nil)
        result.values.withUnsafeMutableBufferPointer { values in
            result.scales.withUnsafeMutableBufferPointer { scales in
                result.zeros.withUnsafeMutableBufferPointer { zeros in
                    // SAFETY: every thread has outputs of its own.
                    let target = Target(values: values, scales: scales, zeros: zeros)
                    compute.pool.forEachStretch(of: weights.outputs, length: Self.outputsAtOnce) { outputs in
                        if let row = quantize(weights, outputs, factor, into: target) {
                            failure.withLock { $0 = $0 ?? row }
                        }
                    }
                }
            }
        }
        if let row = failure.withLock({ $0 }) { throw .scaleRange(tensor: weights.name, row: row) }
        return result
    }

    // MARK: - Internals

    private struct Target {
        let values: UnsafeMutableBufferPointer<UInt8>
        let scales: UnsafeMutableBufferPointer<UInt16>
        let zeros: UnsafeMutableBufferPointer<UInt8>
    }

    /// - Returns: an output whose scale does not fit.
    private func quantize(
        _ weights: WeightRows, _ outputs: Range<Int>, _ factor: InverseFactor, into target: Target
    ) -> Int? {
        let inputs = weights.inputs
        return withFloats(outputs.count * inputs) { rows in
            weights.read(outputs, into: rows)
            var parameters: [GroupQuantizer.Parameters] = []
            for input in 0..<inputs {
                if input % group == 0 {
                    parameters.removeAll(keepingCapacity: true)
                    for (index, output) in outputs.enumerated() {
                        let part = rows.slice(index * inputs + input, group)
                        guard let found = quantizer.parameters(UnsafeBufferPointer(part)) else {
                            return output
                        }
                        parameters.append(found)
                        let place = output * (inputs / group) + input / group
                        target.scales[place] = found.scaleBits
                        target.zeros[place] = UInt8(found.zero)
                    }
                }
                let correction = factor.row(input)
                for (index, output) in outputs.enumerated() {
                    let row = rows.slice(index * inputs, inputs)
                    let weight = factor.unused[input] ? 0 : row[input]
                    let value = GroupQuantizer.quantize(weight, parameters[index])
                    target.values[output * inputs + input] = UInt8(value)
                    let held = (value - parameters[index].zero) * parameters[index].scale
                    let error = (weight - held) / correction[input]
                    InverseFactor.subtract(correction, times: error, from: row, input + 1..<inputs)
                }
            }
            return nil
        }
    }
}
