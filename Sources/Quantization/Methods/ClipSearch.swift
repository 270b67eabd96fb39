internal import Tensors

/// Looks for magnitudes at which to cut weights off, so that the others get finer steps.
///
/// A group's share of its output is compared for every candidate: for the error d of a group's weights it is
/// `d^T G d`, with G the products of the group's inputs with each other.
struct ClipSearch {
    let rounding: RowQuantizer

    /// Fractions of a group's largest magnitude: 1, 0.95 ... 0.55.
    static let fractions = (0..<10).map { 1 - Float($0) / 20 }
    /// Most rows of inputs that are looked at.
    static let mostRows = 512

    /// - Parameter inputs: of the linear layer, before `factors` are taken out of them.
    /// - Returns: [outputs][groups]
    func limits(_ weights: WeightRows, inputs: Activations, factors: [Float]) -> [Float] {
        let group = rounding.group
        let groups = weights.inputs / group
        var limits = [Float](repeating: .infinity, count: weights.outputs * groups)
        withFloats(groups * group * group) { products in
            for g in 0..<groups {
                inputProducts(
                    inputs, g * group, factors, into: products.slice(g * group * group, group * group))
            }
            limits.withUnsafeMutableBufferPointer { limits in
                rounding.pool.forEachStretch(of: weights.outputs, length: Self.outputsAtOnce) { outputs in
                    search(weights, outputs, products: products, into: limits)
                }
            }
        }
        return limits
    }

    /// Outputs for which the products of a group stay in the cache.
    private static let outputsAtOnce = 16

    private func search(
        _ weights: WeightRows, _ outputs: Range<Int>, products: UnsafeMutableBufferPointer<Float>,
        into limits: UnsafeMutableBufferPointer<Float>
    ) {
        let group = rounding.group
        let groups = weights.inputs / group
        withFloats(outputs.count * weights.inputs + group) { scratch in
            let rows = scratch.slice(0, outputs.count * weights.inputs)
            let error = scratch.slice(rows.count, group)
            weights.read(outputs, into: rows)
            for g in 0..<groups {
                for (index, output) in outputs.enumerated() {
                    limits[output * groups + g] = best(
                        rows.slice(index * weights.inputs + g * group, group),
                        products: products.slice(g * group * group, group * group), error: error)
                }
            }
        }
    }

    private func best(
        _ weights: UnsafeMutableBufferPointer<Float>, products: UnsafeMutableBufferPointer<Float>,
        error: UnsafeMutableBufferPointer<Float>
    ) -> Float {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        var best: (limit: Float, loss: Float) = (.infinity, .infinity)
        for fraction in Self.fractions {
            let limit = fraction == 1 ? .infinity : largest * fraction
            guard
                let parameters = rounding.quantizer.parameters(UnsafeBufferPointer(weights), limit: limit)
            else { continue }
            for place in weights.indices {
                let value = GroupQuantizer.quantize(weights[place], parameters, limit: limit)
                error[place] = (value - parameters.zero) * parameters.scale - weights[place]
            }
            let loss = Self.form(products, error)
            if loss < best.loss { best = (limit, loss) }
        }
        return best.limit
    }

    /// `error^T products error`
    private static func form(
        _ products: UnsafeMutableBufferPointer<Float>, _ error: UnsafeMutableBufferPointer<Float>
    ) -> Float {
        let count = error.count
        guard let matrix = UnsafeRawPointer(products.baseAddress),
            let vector = UnsafeRawPointer(error.baseAddress)
        else { return 0 }
        var total: Float = 0
        for row in 0..<count {
            var sum = SIMD8<Float>.zero
            for place in stride(from: 0, to: count, by: 8) {
                // SAFETY: count is a multiple of 32, products has count rows of count values.
                let x = (matrix + (row * count + place) * 4).loadUnaligned(as: SIMD8<Float>.self)
                let y = (vector + place * 4).loadUnaligned(as: SIMD8<Float>.self)
                sum += x * y
            }
            total += sum.sum() * error[row]
        }
        return total
    }

    /// Products of a group's inputs with each other, summed over evenly spread rows.
    private func inputProducts(
        _ inputs: Activations, _ first: Int, _ factors: [Float],
        into products: UnsafeMutableBufferPointer<Float>
    ) {
        products.update(repeating: 0)
        let group = rounding.group
        let step = max(1, inputs.rows / Self.mostRows)
        rounding.pool.forEachStretch(of: group, length: 8) { own in
            for row in stride(from: 0, to: inputs.rows, by: step) {
                let values = inputs.row(row).slice(first, group)
                for i in own {
                    let x = values[i] / factors[first + i]
                    for j in 0..<group { products[i * group + j] += x * (values[j] / factors[first + j]) }
                }
            }
        }
    }
}
