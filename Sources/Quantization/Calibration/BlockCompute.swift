internal import Models
internal import Tensors

/// The two halves of a transformer block in fp32, with scratch memory for one sample.
final class BlockCompute {
    let compute: FloatCompute
    private let queryKeyValue: Activations
    private let attendedScratch: Activations
    private let gateUp: Activations
    private let output: Activations
    private let quotients: Activations

    init(_ compute: FloatCompute) throws(QuantizationError) {
        self.compute = compute
        let rows = compute.samples.longest
        let geometry = compute.geometry
        queryKeyValue = try Activations(rows: rows, width: geometry.queryKeyValueWidth)
        attendedScratch = try Activations(rows: rows, width: geometry.attendedWidth)
        gateUp = try Activations(rows: rows, width: 2 * geometry.intermediate)
        output = try Activations(rows: rows, width: geometry.hidden)
        quotients = try Activations(rows: rows, width: geometry.widestInput)
    }

    /// A matrix, what its inputs are divided by before it, and the bias behind it.
    struct Projection {
        let weight: PackedMatrix
        var bias: [Float]?
        var inputDivisors: [Float]?
    }

    // MARK: - Forward

    /// What the attention's output projection gets.
    func attended(
        _ normalized: Activations, queryKeyValue projection: Projection, window: Int?,
        into result: Activations
    ) {
        for rows in compute.samples.ranges {
            project(normalized, rows, projection, into: queryKeyValue)
            compute.attend(
                queryKeyValue.pointer(row: 0), window: window, into: result.pointer(row: rows.lowerBound),
                rows: rows.count)
        }
    }

    /// What the MLP's down projection gets.
    func gated(_ normalized: Activations, gateUp projection: Projection, into result: Activations) {
        for rows in compute.samples.ranges {
            project(normalized, rows, projection, into: gateUp)
            compute.gate(gateUp, into: result, rows: rows)
        }
    }

    // MARK: - Losses

    /// The squared error of a linear layer's output.
    func linearLoss(_ inputs: Activations, _ projection: Projection, reference: Activations) -> Double {
        loss(reference) { rows in project(inputs, rows, projection, into: output) }
    }

    /// The squared error of the attention's output.
    func attentionLoss(
        _ normalized: Activations, queryKeyValue projection: Projection, output outputProjection: Projection,
        window: Int?, reference: Activations
    ) -> Double {
        loss(reference) { rows in
            project(normalized, rows, projection, into: queryKeyValue)
            compute.attend(
                queryKeyValue.pointer(row: 0), window: window, into: attendedScratch.pointer(row: 0),
                rows: rows.count)
            compute.multiply(
                outputProjection.weight, bias: outputProjection.bias, attendedScratch.pointer(row: 0),
                into: output.pointer(row: 0), rows: rows.count)
        }
    }

    /// The squared error of the MLP's output.
    func mlpLoss(
        _ normalized: Activations, gateUp projection: Projection, down: Projection, reference: Activations
    ) -> Double {
        loss(reference) { rows in
            project(normalized, rows, projection, into: gateUp)
            compute.multiply(
                down.weight, bias: down.bias, prologue: .siluMul, gateUp.pointer(row: 0),
                into: output.pointer(row: 0), rows: rows.count)
        }
    }

    // MARK: - Internals

    private func project(
        _ inputs: Activations, _ rows: Range<Int>, _ projection: Projection, into scratch: Activations
    ) {
        var source = inputs.pointer(row: rows.lowerBound)
        if let divisors = projection.inputDivisors {
            compute.divide(inputs, rows: rows, by: divisors, into: quotients)
            source = quotients.pointer(row: 0)
        }
        compute.multiply(
            projection.weight, bias: projection.bias, source, into: scratch.pointer(row: 0), rows: rows.count)
    }

    private func loss(_ reference: Activations, _ run: (Range<Int>) -> Void) -> Double {
        var sum: Double = 0
        for rows in compute.samples.ranges {
            run(rows)
            sum += compute.squaredError(reference, rows: rows, output)
        }
        return sum
    }
}
