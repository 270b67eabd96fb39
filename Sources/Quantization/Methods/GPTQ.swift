internal import Tensors

/// Rounds the inputs of a linear layer one after the other, and corrects those that are left for the error so far
/// (Frantar et al. 2022, algorithm 1; columns in their own order).
struct GPTQ {
    let quantizer: GroupQuantizer
    let group: Int
    let compute: FloatProducts

    /// Rows of inputs whose products are added at a time.
    private static let rowsAtOnce = 512
    /// Fractions of a group's largest magnitude at which weights may be cut off.
    private static let fractions = (0..<8).map { 1 - Float($0) / 20 }

    /// The longest sums of products for layers with so many inputs.
    static func longestSum(inputs: Int) -> Int { max(inputs, rowsAtOnce) }

    /// H = X^T X of a linear layer's inputs.
    func products(_ inputs: Activations) throws(QuantizationError) -> FloatBuffer {
        let width = inputs.width
        let products = try buffer(width * width)
        let transposed = try buffer(width * Self.rowsAtOnce)
        for first in stride(from: 0, to: inputs.rows, by: Self.rowsAtOnce) {
            let rows = first..<min(first + Self.rowsAtOnce, inputs.rows)
            compute.pool.forEachStretch(of: width, length: 16) { channels in
                for (index, row) in rows.enumerated() {
                    let values = inputs.row(row)
                    for channel in channels {
                        transposed.elements[channel * Self.rowsAtOnce + index] = values[channel]
                    }
                }
            }
            let right = try compute.packed(columns: width, inner: rows.count) { column, values in
                _ = values.update(
                    fromContentsOf: transposed.elements.slice(column * Self.rowsAtOnce, rows.count))
            }
            compute.add(
                RowPointer(transposed.pointer, stride: Self.rowsAtOnce), rows: width, times: right,
                to: RowPointer(products.pointer, stride: width))
        }
        return products
    }

    func quantize(_ weights: WeightRows, _ factor: InverseFactor) throws(QuantizationError)
        -> QuantizedWeights
    {
        let (outputs, inputs) = (weights.outputs, weights.inputs)
        var result = QuantizedWeights(outputs: outputs, inputs: inputs, group: group)
        let rows = try buffer(outputs * inputs)
        compute.pool.forEachStretch(of: outputs, length: 16) { part in
            weights.read(part, into: rows.elements.slice(part.lowerBound * inputs, part.count * inputs))
        }
        let block = InverseFactor.block
        let errors = try buffer(outputs * block)
        for first in stride(from: 0, to: inputs, by: block) {
            let columns = first..<min(first + block, inputs)
            if let row = round(columns, of: rows, factor, errors: errors, into: &result) {
                throw .scaleRange(tensor: weights.name, row: row)
            }
            let left = inputs - columns.upperBound
            guard left > 0 else { continue }
            let corrections = try compute.packed(columns: left, inner: columns.count) { column, values in
                for (index, input) in columns.enumerated() {
                    values[index] = -factor.row(input)[columns.upperBound + column]
                }
            }
            compute.add(
                RowPointer(errors.pointer, stride: block), rows: outputs, times: corrections,
                to: RowPointer(rows.pointer + columns.upperBound, stride: inputs))
        }
        return result
    }

    // MARK: - Internals

    private func buffer(_ count: Int) throws(QuantizationError) -> FloatBuffer {
        do {
            return try FloatBuffer(count: count, for: "the products of a layer's inputs")
        } catch {
            throw .memory(error.description)
        }
    }

    /// Rounds some inputs of all outputs. Corrects those behind them within the range, and leaves errors over the
    /// factor's diagonal for the others.
    /// - Returns: an output whose scale does not fit.
    private func round(
        _ columns: Range<Int>, of rows: FloatBuffer, _ factor: InverseFactor, errors: FloatBuffer,
        into result: inout QuantizedWeights
    ) -> Int? {
        let inputs = result.inputs
        let failure = FirstFailure()
        result.values.withUnsafeMutableBufferPointer { values in
            result.scales.withUnsafeMutableBufferPointer { scales in
                result.zeros.withUnsafeMutableBufferPointer { zeros in
                    // SAFETY: every thread has outputs of its own.
                    let target = Target(values: values, scales: scales, zeros: zeros)
                    compute.pool.forEachStretch(of: rows.count / inputs, length: 16) { outputs in
                        for output in outputs {
                            let row = rows.elements.slice(output * inputs, inputs)
                            let error = errors.elements.slice(
                                output * InverseFactor.block, InverseFactor.block)
                            if !round(columns, of: row, output, factor, errors: error, into: target) {
                                failure.note(output)
                            }
                        }
                    }
                }
            }
        }
        return failure.first
    }

    private struct Target {
        let values: UnsafeMutableBufferPointer<UInt8>
        let scales: UnsafeMutableBufferPointer<UInt16>
        let zeros: UnsafeMutableBufferPointer<UInt8>
    }

    /// - Returns: whether all scales fit.
    private func round(
        _ columns: Range<Int>, of row: UnsafeMutableBufferPointer<Float>, _ output: Int,
        _ factor: InverseFactor, errors: UnsafeMutableBufferPointer<Float>, into target: Target
    ) -> Bool {
        let inputs = row.count
        var limit: Float = .infinity
        var parameters = GroupQuantizer.Parameters(scaleBits: 0, scale: 1, zero: 0)
        for input in columns {
            if input % group == 0 {
                // A block is as long as the longest group, and groups begin where blocks do.
                limit = bestLimit(row.slice(input, group))
                guard
                    let found = quantizer.parameters(
                        UnsafeBufferPointer(row.slice(input, group)), limit: limit)
                else { return false }
                parameters = found
                let place = output * (inputs / group) + input / group
                target.scales[place] = found.scaleBits
                target.zeros[place] = UInt8(found.zero)
            }
            let correction = factor.row(input)
            let weight = factor.unused[input] ? 0 : row[input]
            let value = GroupQuantizer.quantize(weight, parameters, limit: limit)
            target.values[output * inputs + input] = UInt8(value)
            let error = (weight - (value - parameters.zero) * parameters.scale) / correction[input]
            errors[input - columns.lowerBound] = error
            for later in input + 1..<max(columns.upperBound, input + 1) {
                row[later] -= correction[later] * error
            }
        }
        return true
    }

    /// Where to cut a group's weights off so that the sum of squared errors is smallest.
    private func bestLimit(_ weights: UnsafeMutableBufferPointer<Float>) -> Float {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        var best: (limit: Float, error: Float) = (.infinity, .infinity)
        for fraction in Self.fractions {
            let limit = fraction == 1 ? .infinity : largest * fraction
            guard let parameters = quantizer.parameters(UnsafeBufferPointer(weights), limit: limit) else {
                continue
            }
            var error: Float = 0
            for weight in weights {
                let value = GroupQuantizer.quantize(weight, parameters, limit: limit)
                let difference = (value - parameters.zero) * parameters.scale - weight
                error += difference * difference
            }
            if error < best.error { best = (limit, error) }
        }
        return best.limit
    }
}
