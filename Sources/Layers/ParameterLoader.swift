package import Checkpoints
internal import Synchronization
package import Tensors

/// Fills a model's parameters from a checkpoint, strictly: every parameter must be there with its
/// shape, and ``finish()`` complains about tensors that nothing asked for.
package final class ParameterLoader {
    private let checkpoint: Checkpoint
    private let policy: FormatPolicy
    private let pool: WorkerPool
    private let arena = MemoryArena()
    private let progress: (_ completedBytes: Int, _ totalBytes: Int) -> Void
    private let isFourBitModel: Bool
    private let totalBytes: Int
    private var completedBytes = 0
    private var consumed: Set<String> = []

    package init(
        checkpoint: Checkpoint, policy: FormatPolicy, pool: WorkerPool,
        progress: @escaping (_ completedBytes: Int, _ totalBytes: Int) -> Void = { _, _ in }
    ) {
        self.checkpoint = checkpoint
        self.policy = policy
        self.pool = pool
        self.progress = progress
        isFourBitModel = checkpoint.tensors.values.contains { $0.dtype.isFourBit }
        totalBytes = checkpoint.tensors.values.reduce(0) { $0 + $1.byteCount }
    }

    private var architecture: String { checkpoint.configuration.architecture }

    package func contains(_ name: String) -> Bool { checkpoint.tensors[name] != nil }

    /// A linear layer whose weight is the rows of `names[i] + ".weight"` one after the other.
    /// - Parameters:
    ///   - outputs: rows of each part.
    ///   - bias: whether every part has a `.bias`.
    package func linear(
        _ names: [String], outputs: [Int], inputs: Int, bias: Bool = false
    ) throws(LoadError) -> Linear {
        let matrix = try matrix(names.map { $0 + ".weight" }, rows: outputs, columns: inputs, role: .linear)
        return Linear(
            weight: matrix, bias: bias ? try vector(names.map { $0 + ".bias" }, counts: outputs) : nil)
    }

    /// The embedding table or the output head.
    package func vocabularyMatrix(_ name: String, rows: Int, columns: Int) throws(LoadError) -> PackedMatrix {
        try matrix([name], rows: [rows], columns: columns, role: .vocabulary)
    }

    /// A vector of `count` values in fp32.
    package func vector(_ name: String, count: Int) throws(LoadError) -> FloatBuffer {
        try vector([name], counts: [count])
    }

    /// Marks a tensor as known and not needed, if it is there.
    package func ignore(_ name: String) { consumed.insert(name) }

    /// Checks that every tensor of the checkpoint was used.
    package func finish() throws(LoadError) {
        let unused = checkpoint.tensors.keys.filter { !consumed.contains($0) && !Self.isDerived($0) }
        guard unused.isEmpty else {
            throw .unusedTensors(unused.sorted(), architecture: architecture)
        }
        progress(totalBytes, totalBytes)
    }

    /// Tables that old checkpoints store although they follow from the configuration.
    private static func isDerived(_ name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || name.hasSuffix(".attention.masked_bias")
    }
}

// MARK: - Internals

extension ParameterLoader {
    private func take(_ name: String, shape: [Int]) throws(LoadError) -> CheckpointTensor {
        guard let tensor = checkpoint.tensors[name] else {
            throw .missingTensor(name, architecture: architecture)
        }
        guard tensor.shape == shape else {
            throw .shape(tensor: name, found: tensor.shape, expected: shape)
        }
        consumed.insert(name)
        return tensor
    }

    private func finished(_ tensor: CheckpointTensor) {
        tensor.discard()
        completedBytes += tensor.byteCount
        progress(completedBytes, totalBytes)
    }

    private func vector(_ names: [String], counts: [Int]) throws(LoadError) -> FloatBuffer {
        let buffer: FloatBuffer
        do {
            buffer = try FloatBuffer(count: counts.reduce(0, +), for: names[0])
        } catch {
            throw .memory(error)
        }
        var offset = 0
        for (name, count) in zip(names, counts) {
            let tensor = try take(name, shape: [count])
            let part = UnsafeMutableBufferPointer(rebasing: buffer.elements[offset..<offset + count])
            tensor.readFloats(rows: 0..<1, into: part)
            guard part.allSatisfy(\.isFinite) else { throw .notFinite(tensor: name, row: 0) }
            finished(tensor)
            offset += count
        }
        return buffer
    }

    private func matrix(
        _ names: [String], rows: [Int], columns: Int, role: FormatPolicy.Role
    ) throws(LoadError) -> PackedMatrix {
        var tensors: [CheckpointTensor] = []
        for (name, count) in zip(names, rows) {
            tensors.append(try take(name, shape: [count, columns]))
        }
        let format = policy.format(
            role: role, sources: tensors.map(\.dtype), columns: columns, isFourBitModel: isFourBitModel)
        let matrix: PackedMatrix
        do {
            matrix = try PackedMatrix(
                format: format, rows: rows.reduce(0, +), columns: columns, arena: arena)
        } catch {
            throw .memory(error)
        }
        if let (part, row) = MatrixFiller(matrix: matrix, tensors: tensors).fill(on: pool) {
            throw .notFinite(tensor: names[part], row: row)
        }
        tensors.forEach(finished)
        return matrix
    }
}

/// Packs the rows of several tensors into one matrix, panel by panel, on all threads.
private struct MatrixFiller {
    let matrix: PackedMatrix
    let tensors: [CheckpointTensor]

    /// - Returns: part and row of a value that is not finite, if there is one.
    func fill(on pool: WorkerPool) -> (part: Int, row: Int)? {
        let damaged = Mutex<(part: Int, row: Int)?>(nil)
        let panels = (matrix.rows + PackedMatrix.rowsPerPanel - 1) / PackedMatrix.rowsPerPanel
        pool.run { thread, threads in
            var scratch = RowScratch(columns: matrix.columns)
            for panel in panels * thread / threads..<panels * (thread + 1) / threads {
                let first = panel * PackedMatrix.rowsPerPanel
                let rows = first..<min(first + PackedMatrix.rowsPerPanel, matrix.rows)
                if let found = fill(rows: rows, scratch: &scratch) {
                    damaged.withLock { $0 = $0 ?? found }
                    return
                }
            }
        }
        return damaged.withLock { $0 }
    }

    private func fill(rows: Range<Int>, scratch: inout RowScratch) -> (part: Int, row: Int)? {
        var start = 0
        for (part, tensor) in tensors.enumerated() {
            let own = start..<start + tensor.shape[0]
            start = own.upperBound
            let target = rows.clamped(to: own)
            if target.isEmpty { continue }
            let source = target.lowerBound - own.lowerBound..<target.upperBound - own.lowerBound
            if let row = scratch.copy(tensor, rows: source, to: matrix, at: target) { return (part, row) }
        }
        return nil
    }
}

/// One thread's buffers for a panel of rows.
private struct RowScratch {
    private var floats: [Float]
    private var scales: [Float]
    private var quants: [UInt8]
    private var signedQuants: [Int8]
    private var halfScales: [UInt16]
    private var offsets: [UInt16]
    private let columns: Int
    private let groups: Int

    init(columns: Int) {
        let rows = PackedMatrix.rowsPerPanel
        self.columns = columns
        groups = (columns + FormatPolicy.blockGroup - 1) / FormatPolicy.blockGroup
        floats = Array(repeating: 0, count: rows * columns)
        quants = Array(repeating: 0, count: rows * columns)
        signedQuants = Array(repeating: 0, count: rows * columns)
        scales = Array(repeating: 0, count: rows * groups)
        halfScales = Array(repeating: 0, count: rows * groups)
        offsets = Array(repeating: 0, count: rows * groups)
    }

    /// Reads rows of a tensor and packs them as rows `target` of the matrix, without rounding where the
    /// formats agree.
    /// - Returns: a row with a value that is not finite.
    mutating func copy(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> Int? {
        guard matrix.format.group == FormatPolicy.blockGroup, tensor.dtype.storage == matrix.format.storage
        else {
            return copyFloats(tensor, rows: rows, to: matrix, at: target)
        }
        return tensor.dtype.isFourBit
            ? copyInt4(tensor, rows: rows, to: matrix, at: target)
            : copyInt8(tensor, rows: rows, to: matrix, at: target)
    }

    private mutating func copyFloats(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> Int? {
        let count = rows.count * columns
        return floats.withUnsafeMutableBufferPointer { buffer in
            let values = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            tensor.readFloats(rows: rows, into: values)
            guard let base = values.baseAddress else { return nil }
            // The sum of x - x is zero exactly when every x is finite.
            var difference: Float = 0
            for value in values { difference += value - value }
            guard difference == 0 else {
                let index = values.firstIndex { !$0.isFinite } ?? 0
                return rows.lowerBound + index / columns
            }
            matrix.fill(rows: target, floats: base)
            return nil
        }
    }

    private mutating func copyInt4(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> Int? {
        quants.withUnsafeMutableBufferPointer { quants in
            halfScales.withUnsafeMutableBufferPointer { scales in
                offsets.withUnsafeMutableBufferPointer { offsets in
                    tensor.readInt4(
                        rows: rows,
                        quants: UnsafeMutableBufferPointer(rebasing: quants[..<(rows.count * columns)]),
                        scales: UnsafeMutableBufferPointer(rebasing: scales[..<(rows.count * groups)]),
                        offsets: UnsafeMutableBufferPointer(rebasing: offsets[..<(rows.count * groups)]))
                    for index in 0..<rows.count * groups
                    where !isFiniteHalf(scales[index]) || !isFiniteHalf(offsets[index]) {
                        return rows.lowerBound + index / groups
                    }
                    guard let q = quants.baseAddress, let s = scales.baseAddress, let o = offsets.baseAddress
                    else { return nil }
                    matrix.fill(rows: target, quants: q, scales: s, offsets: o)
                    return nil
                }
            }
        }
    }

    private mutating func copyInt8(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> Int? {
        signedQuants.withUnsafeMutableBufferPointer { quants in
            scales.withUnsafeMutableBufferPointer { scales in
                tensor.readInt8(
                    rows: rows,
                    quants: UnsafeMutableBufferPointer(rebasing: quants[..<(rows.count * columns)]),
                    scales: UnsafeMutableBufferPointer(rebasing: scales[..<(rows.count * groups)]))
                for index in 0..<rows.count * groups where !scales[index].isFinite {
                    return rows.lowerBound + index / groups
                }
                guard let q = quants.baseAddress, let s = scales.baseAddress else { return nil }
                matrix.fill(rows: target, quants: q, scales: s)
                return nil
            }
        }
    }
}

/// An fp16 value is infinite or not a number when its exponent is all ones.
private func isFiniteHalf(_ bits: UInt16) -> Bool { bits & 0x7C00 != 0x7C00 }
