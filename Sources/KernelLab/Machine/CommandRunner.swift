internal import Tensors

/// One cell on one machine: makes command streams and runs them.
protocol CommandRunner: AnyObject {
    /// Appends `count` commands that do the cell's work, each on memory of its own.
    func encode(_ count: Int, into stream: inout CommandStream) throws(TensorError)
    var workspace: Workspace { get }
}

/// Activations and scratch memory that cells use in turn.
final class LabScratch {
    let input: FloatRows
    let output: FloatRows
    /// Cosines and sines of any rotation, 0.6 and 0.8, for every row.
    let rope: FloatRows
    let workspace: Workspace

    /// - Parameters:
    ///   - inputs: most floats of an input row.
    ///   - outputs: most floats of an output row.
    init(threads: Int, rows: Int, inputs: Int, outputs: Int, heads: HeadShape?) throws(TensorError) {
        input = try FloatRows(rows: rows, columns: inputs)
        output = try FloatRows(rows: rows, columns: outputs)
        let dimension = heads?.dimension ?? 2
        rope = try FloatRows(rows: rows, columns: dimension)
        for index in 0..<rows * dimension {
            rope.base[index] = index % dimension < dimension / 2 ? 0.6 : 0.8
        }
        workspace = try Workspace(
            threads: threads, rows: rows, inputs: inputs, headDimension: dimension,
            queryHeads: heads?.queryHeads ?? 1)
    }

    /// About what it takes.
    static func byteCount(rows: Int, inputs: Int, outputs: Int) -> Int {
        // The workspace holds the input once more, encoded.
        MemoryLayout<Float>.stride * rows * (2 * inputs + outputs)
    }
}

/// `rows` rows times matrices.
final class LinearRunner: CommandRunner {
    private let format: WeightFormat
    private let shape: MatrixShape
    private let rowCount: Int
    private let weights: ColdWeights
    private let scratch: LabScratch

    init(
        _ format: WeightFormat, _ shape: MatrixShape, rows: Int, weights: ColdWeights, scratch: LabScratch
    ) {
        self.format = format
        self.shape = shape
        self.weights = weights
        self.scratch = scratch
        rowCount = rows
    }

    var workspace: Workspace { scratch.workspace }

    func encode(_ count: Int, into stream: inout CommandStream) throws(TensorError) {
        for matrix in try weights.next(count, format, shape) {
            stream.linear(
                weight: matrix, bias: nil, prologue: .none,
                input: RowPointer(scratch.input.base, stride: shape.inputs),
                output: RowPointer(scratch.output.base, stride: shape.outputs), rows: rowCount)
        }
    }
}

/// Attention of the last rows of sequences.
final class AttentionRunner: CommandRunner {
    private let heads: HeadShape
    private let rowCount: Int
    private let cache: ColdCache
    private let sequences: [AttentionTiles]
    private let scratch: LabScratch
    private var position = 0

    init(_ heads: HeadShape, context: Int, rows: Int, cache: ColdCache, scratch: LabScratch) {
        self.heads = heads
        self.cache = cache
        self.scratch = scratch
        rowCount = rows
        sequences = cache.sequences(context: context, rows: rows)
    }

    var workspace: Workspace { scratch.workspace }

    func encode(_ count: Int, into stream: inout CommandStream) {
        for _ in 0..<count {
            stream.attention(
                cache: cache.storage, layer: position % ColdCache.layers, queryHeads: heads.queryHeads,
                rotaryDimension: heads.dimension, scale: 1 / Float(heads.dimension).squareRoot(),
                queryKeyValue: RowPointer(scratch.input.base, stride: heads.queryKeyValueWidth),
                rope: scratch.rope.base, tiles: sequences[position / ColdCache.layers], rows: rowCount,
                output: RowPointer(scratch.output.base, stride: heads.queryWidth))
            position = (position + 1) % (ColdCache.layers * sequences.count)
        }
    }
}

extension HeadShape {
    /// Floats of a row of queries.
    var queryWidth: Int { queryHeads * dimension }
    /// Floats of a row of queries, keys and values.
    var queryKeyValueWidth: Int { (queryHeads + 2 * keyValueHeads) * dimension }
}
