internal import Layers
internal import Models
internal import Tensors

/// Runs parts of a transformer block in fp32 over the calibration samples, one sample at a time.
final class FloatCompute {
    let pool: WorkerPool
    let samples: CalibrationSamples
    let geometry: ModelGeometry
    private let kernels: Kernels
    private let workspace: Workspace
    private let cache: KVCacheStorage
    private let blocks: [Int32]
    private let rope: FloatBuffer
    private let rotaryDimension: Int

    init(
        samples: CalibrationSamples, geometry: ModelGeometry, rotary: RotaryEmbedding, kernels: Kernels,
        pool: WorkerPool
    ) throws(QuantizationError) {
        self.samples = samples
        self.geometry = geometry
        self.kernels = kernels
        self.pool = pool
        rotaryDimension = rotary.rotaryDimension
        do {
            workspace = try Workspace(
                threads: pool.threads, rows: samples.longest, inputs: geometry.widestInput,
                headDimension: geometry.headDimension, queryHeads: geometry.queryHeads)
            let shape = KVCacheShape(
                element: .fp32, layers: 1, keyValueHeads: geometry.keyValueHeads,
                headDimension: geometry.headDimension)
            let count = (samples.longest + shape.tokensPerBlock - 1) / shape.tokensPerBlock
            cache = try KVCacheStorage(shape: shape, blocks: count)
            blocks = Array(0..<Int32(count))
            rope = try FloatBuffer(count: samples.longest * rotary.rotaryDimension, for: "activations")
        } catch {
            throw .memory(error.description)
        }
        for position in 0..<samples.longest {
            rotary.write(position: position, to: rope.pointer + position * rotary.rotaryDimension)
        }
    }

    // MARK: - Weights

    /// The rows of several weights one after the other, in fp32.
    /// - Parameter change: may change each row after it was read.
    func pack(
        _ weights: [WeightRows],
        change: ((_ part: Int, _ row: Int, _ values: UnsafeMutableBufferPointer<Float>) -> Void)? = nil
    ) throws(QuantizationError) -> PackedMatrix {
        let inputs = weights[0].inputs
        let matrix: PackedMatrix
        do {
            matrix = try PackedMatrix(
                format: .fp32, rows: weights.reduce(0) { $0 + $1.outputs }, columns: inputs)
        } catch {
            throw .memory(error.description)
        }
        var first = 0
        for (part, weight) in weights.enumerated() {
            let start = first
            // Panels that two parts share are filled one part after the other.
            pool.forEachStretch(of: weight.outputs, length: PackedMatrix.rowsPerPanel, offset: start) {
                rows in
                withFloats(rows.count * inputs) { values in
                    weight.read(rows, into: values)
                    if let change {
                        for (index, row) in rows.enumerated() {
                            change(part, row, values.slice(index * inputs, inputs))
                        }
                    }
                    guard let base = values.baseAddress else { return }
                    matrix.fill(rows: start + rows.lowerBound..<start + rows.upperBound, floats: base)
                }
            }
            first += weight.outputs
        }
        return matrix
    }

    /// The same in 8 bits with one scale for each output, after each input's weights were multiplied by its factor.
    func packChannels(_ weights: [WeightRows], factors: [Float]) throws(QuantizationError) -> PackedMatrix {
        let inputs = weights[0].inputs
        let group = QuantizationOptions.fittingGroup(128, inputs: [inputs]) ?? 0
        let groups = group == 0 ? 1 : inputs / group
        let matrix: PackedMatrix
        do {
            matrix = try PackedMatrix(
                format: .w8(group: group), rows: weights.reduce(0) { $0 + $1.outputs }, columns: inputs)
        } catch {
            throw .memory(error.description)
        }
        let failure = FirstFailure()
        var start = 0
        for weight in weights {
            var scaled = weight
            scaled.inputFactors = factors
            let channels = RowQuantizer.quantizeChannels(scaled, pool: pool)
            for row in 0..<weight.outputs {
                let scales = [Float](repeating: channels.scales[row], count: groups)
                let place = start + row
                channels.values.withUnsafeBufferPointer { values in
                    scales.withUnsafeBufferPointer { scales in
                        guard let base = values.baseAddress else { return }
                        do throws(BlockRows.Failure) {
                            try matrix.fill(
                                rows: place..<place + 1, columns: 0..<inputs,
                                integers: base + row * inputs, scales: scales)
                        } catch {
                            failure.note(row)
                        }
                    }
                }
            }
            if let row = failure.first { throw .scaleRange(tensor: weight.name, row: row) }
            start += weight.outputs
        }
        return matrix
    }

    /// `output[0...] = input[rows] / divisors`
    func divide(_ input: Activations, rows range: Range<Int>, by divisors: [Float], into output: Activations)
    {
        pool.forEachStretch(of: range.count, length: 16) { rows in
            for row in rows {
                let (x, y) = (input.row(range.lowerBound + row), output.row(row))
                for index in 0..<x.count { y[index] = x[index] / divisors[index] }
            }
        }
    }

    /// For sums of up to `inner` products.
    func floatProducts(inner: Int) throws(QuantizationError) -> FloatProducts {
        try FloatProducts(inner: inner, kernels: kernels, pool: pool)
    }

    // MARK: - Operations

    /// `output = input * weight^T (+ bias)` of a few rows.
    func multiply(
        _ weight: PackedMatrix, bias: [Float]? = nil, prologue: LinearPrologue = .none, _ input: RowPointer,
        into output: RowPointer, rows: Int
    ) {
        // SAFETY: the bias outlives the call, which returns when the stream has run.
        bias.withPointer { bias in
            var stream = CommandStream()
            stream.linear(
                weight: weight, bias: bias, prologue: prologue, input: input, output: output, rows: rows)
            stream.execute(on: pool, kernels: kernels, workspace: workspace)
        }
    }

    /// As above for all samples.
    func multiply(
        _ weight: PackedMatrix, bias: [Float]? = nil, _ input: Activations, into output: Activations
    ) {
        for rows in samples.ranges {
            multiply(
                weight, bias: bias, input.pointer(row: rows.lowerBound),
                into: output.pointer(row: rows.lowerBound), rows: rows.count)
        }
    }

    /// Causal attention of one sample. qkv is rotated in place.
    func attend(_ qkv: RowPointer, window: Int?, into output: RowPointer, rows: Int) {
        let tiles = AttentionTiles(capacity: rows / AttentionTiles.maximumRows + 2)
        blocks.withUnsafeBufferPointer { blocks in
            guard let base = blocks.baseAddress else { return }
            tiles.append(firstRow: 0, rows: rows, firstPosition: 0, blocks: base)
            var stream = CommandStream()
            stream.attention(
                cache: cache, layer: 0, queryHeads: geometry.queryHeads, window: window,
                rotaryDimension: rotaryDimension, scale: 1 / Float(geometry.headDimension).squareRoot(),
                queryKeyValue: qkv, rope: rope.pointer, tiles: tiles, rows: rows, output: output)
            stream.execute(on: pool, kernels: kernels, workspace: workspace)
        }
    }

    /// `output = input / rms(input) * weight`, row by row.
    func normalize(_ input: Activations, weight: [Float], epsilon: Float, into output: Activations) {
        normalize(input, rows: 0..<input.rows, weight: weight, epsilon: epsilon, into: output)
    }

    /// `output[0...] = input[rows] / rms(input[rows]) * weight`
    func normalize(
        _ input: Activations, rows range: Range<Int>, weight: [Float], epsilon: Float,
        into output: Activations
    ) {
        pool.forEachStretch(of: range.count, length: 16) { rows in
            for row in rows {
                let (x, y) = (input.row(range.lowerBound + row), output.row(row))
                var sum: Double = 0
                for value in x { sum += Double(value) * Double(value) }
                let factor = Float(1 / (sum / Double(x.count) + Double(epsilon)).squareRoot())
                for index in 0..<x.count { y[index] = x[index] * factor * weight[index] }
            }
        }
    }

    /// `output[first...] = silu(first half) * second half` of the scratch rows, which are one sample's.
    func gate(_ gateUp: Activations, into output: Activations, rows range: Range<Int>) {
        let width = output.width
        pool.forEachStretch(of: range.count, length: 4) { rows in
            for row in rows {
                let (x, y) = (gateUp.row(row), output.row(range.lowerBound + row))
                for index in 0..<width {
                    y[index] = x[index] / (1 + exponential(-x[index])) * x[width + index]
                }
            }
        }
    }

    /// `sum += addend`
    func add(_ addend: Activations, to sum: Activations) { add(addend, to: sum, rows: 0..<sum.rows) }

    /// `sum[rows] += addend[0...]`
    func add(_ addend: Activations, to sum: Activations, rows range: Range<Int>) {
        pool.forEachStretch(of: range.count, length: 16) { rows in
            for row in rows {
                let (x, y) = (addend.row(row), sum.row(range.lowerBound + row))
                for index in 0..<x.count { y[index] += x[index] }
            }
        }
    }

    /// The sum of the squared differences between a sample's rows and scratch rows.
    func squaredError(_ reference: Activations, rows: Range<Int>, _ scratch: Activations) -> Double {
        total(rows.count) { row in
            let (x, y) = (reference.row(rows.lowerBound + row), scratch.row(row))
            var sum: Double = 0
            for index in 0..<x.count {
                let difference = Double(x[index]) - Double(y[index])
                sum += difference * difference
            }
            return sum
        }
    }

    func squareSum(_ activations: Activations) -> Double {
        total(activations.rows) { row in
            activations.row(row).reduce(0) { $0 + Double($1) * Double($1) }
        }
    }

    /// The sum over all rows in their order, whatever the number of threads.
    private func total(_ rows: Int, _ value: (Int) -> Double) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(rows, 1)) { sums in
            pool.forEachStretch(of: rows, length: 16) { stretch in
                for row in stretch { sums[row] = value(row) }
            }
            return sums[..<rows].reduce(0, +)
        }
    }
}

extension Optional where Wrapped == [Float] {
    fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        guard let self else { return body(nil) }
        self.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
