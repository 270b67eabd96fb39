package import Checkpoints
package import Tensors

/// Fills a model's parameters from a checkpoint, strictly: every parameter must be there with its
/// shape, and ``finish()`` complains about tensors that nothing asked for.
package final class ParameterLoader {
    let checkpoint: Checkpoint
    let policy: FormatPolicy
    let pool: WorkerPool
    let arena = MemoryArena()
    private let progress: (_ completedBytes: Int, _ totalBytes: Int) -> Void
    let readsValues: Bool
    private let writer: PackedWriter?
    private let isFourBitModel: Bool
    private let totalBytes: Int
    private var completedBytes = 0
    var consumed: Set<String> = []
    var conversions = WeightConversionList()
    /// Bytes of matrices that lie in mapped files.
    package internal(set) var mappedBytes = 0

    /// - Parameters:
    ///   - readsValues: false plans only. Shapes and formats are checked and memory is reserved, but no value is
    ///     read and no memory is touched.
    ///   - writer: takes every parameter; the model then gets matrices that hold nothing, and cannot be run.
    package init(
        checkpoint: Checkpoint, policy: FormatPolicy, pool: WorkerPool, readsValues: Bool = true,
        writer: PackedWriter? = nil,
        progress: @escaping (_ completedBytes: Int, _ totalBytes: Int) -> Void = { _, _ in }
    ) {
        self.checkpoint = checkpoint
        self.policy = policy
        self.pool = pool
        self.progress = progress
        self.readsValues = readsValues
        self.writer = writer
        isFourBitModel = Self.isFourBitModel(checkpoint)
        totalBytes = checkpoint.tensors.values.reduce(0) { $0 + $1.byteCount }
    }

    /// What the matrices loaded so far were and became, the largest part first.
    package var weightConversions: [WeightConversion] { conversions.sorted }

    var architecture: String { checkpoint.configuration.architecture }

    package func contains(_ name: String) -> Bool {
        checkpoint.tensors[name] != nil || checkpoint.workspace?.packed.contains(name) == true
    }

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
        let names = checkpoint.workspace?.packed.names ?? Array(checkpoint.tensors.keys)
        let unused = names.filter { !consumed.contains($0) && !Self.isDerived($0) && !isEmptyBias($0) }
        guard unused.isEmpty else {
            throw .unusedTensors(unused.sorted(), architecture: architecture)
        }
        checkpoint.discardPages()
        progress(totalBytes, totalBytes)
    }

    /// Tables that old checkpoints store although they follow from the configuration.
    private static func isDerived(_ name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || name.hasSuffix(".attention.masked_bias")
    }

    /// Programs for GPTQ give every layer a bias, of zeros where the model has none.
    private func isEmptyBias(_ name: String) -> Bool {
        let suffix = ".bias"
        guard name.hasSuffix(suffix), let bias = checkpoint.tensors[name], bias.shape.count == 1,
            checkpoint.tensors[name.dropLast(suffix.count) + ".weight"]?.integers != nil
        else { return false }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: bias.rowLength) { values in
            bias.readFloats(rows: 0..<1, into: values)
            return values.allSatisfy { $0 == 0 }
        }
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

    /// Whether 4-bit types have at least half of the weights, the vocabulary's matrices aside: those often have
    /// another type, and so do single matrices in files of mixed types.
    private static func isFourBitModel(_ checkpoint: Checkpoint) -> Bool {
        let vocabulary = checkpoint.configuration.vocabularySize
        var (all, fourBit) = (0, 0)
        for tensor in checkpoint.tensors.values where tensor.shape.count == 2 && tensor.rowCount != vocabulary
        {
            let count = tensor.rowCount * tensor.rowLength
            all += count
            fourBit += tensor.dtype.isFourBit ? count : 0
        }
        return fourBit > 0 && fourBit >= all - fourBit
    }

    private func finished(_ tensor: CheckpointTensor) {
        tensor.discard()
        completedBytes += tensor.byteCount
        progress(completedBytes, totalBytes)
    }

    private func vector(_ names: [String], counts: [Int]) throws(LoadError) -> FloatBuffer {
        if let packedParameters { return try packedVector(packedParameters, names, counts: counts) }
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
            if readsValues {
                tensor.readFloats(rows: 0..<1, into: part)
                guard part.allSatisfy(\.isFinite) else { throw .notFinite(tensor: name, row: 0) }
                finished(tensor)
            }
            offset += count
        }
        writer?.write(buffer, names: names, counts: counts)
        return buffer
    }

    private func matrix(
        _ names: [String], rows: [Int], columns: Int, role: FormatPolicy.Role
    ) throws(LoadError) -> PackedMatrix {
        if let packedParameters {
            return try packedMatrix(packedParameters, names, rows: rows, columns: columns, role: role)
        }
        var tensors: [CheckpointTensor] = []
        for (name, count) in zip(names, rows) {
            tensors.append(try take(name, shape: [count, columns]))
        }
        let format = policy.format(
            role: role, sources: tensors.map(\.formatSource), columns: columns,
            isFourBitModel: isFourBitModel)
        let matrix = try packed(tensors, names, format)
        for tensor in tensors {
            conversions.add(
                tensor.dtype, matrix.format, sourceBytes: tensor.byteCount,
                heldBytes: matrix.byteCount * tensor.rowCount / matrix.rows)
            if readsValues { finished(tensor) }
        }
        return try writer.map { (writer) throws(LoadError) in
            try hand(matrix, of: tensors, role: role, to: writer)
        } ?? matrix
    }

    /// Packs the tensors in `format`, or in a wider one when their scales do not fit it.
    private func packed(
        _ tensors: [CheckpointTensor], _ names: [String], _ format: WeightFormat
    ) throws(LoadError) -> PackedMatrix {
        let matrix: PackedMatrix
        do {
            matrix = try PackedMatrix(
                format: format, rows: tensors.reduce(0) { $0 + $1.rowCount }, columns: tensors[0].rowLength,
                arena: writer == nil ? arena : MemoryArena())
        } catch {
            throw .memory(error)
        }
        guard readsValues, let failure = MatrixFiller(matrix: matrix, tensors: tensors).fill(on: pool) else {
            return matrix
        }
        if failure.problem == .outOfRange, let wider = FormatPolicy.wider(than: format) {
            return try packed(tensors, names, wider)
        }
        if let integers = tensors[failure.part].integers {
            throw .scaleNotFinite(tensor: integers.scalesName, output: failure.row)
        }
        throw .notFinite(tensor: names[failure.part], row: failure.row)
    }
}

extension CheckpointTensor {
    fileprivate var formatSource: FormatPolicy.Source {
        // Asked only where a row has one scale: it reads all of them.
        let hasHalfScales = integers.map { $0.group == $0.columns && $0.hasHalfScales } ?? false
        return .init(dtype, group: integers?.group, hasHalfScales: hasHalfScales)
    }
}
