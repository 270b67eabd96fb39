internal import Layers
internal import Models
internal import Tensors

/// Memory for one step's inputs, activations and logits, at fixed addresses.
final class StepBuffers {
    private let geometry: ModelGeometry
    private let maxRows: Int
    private let maxLogitRows: Int
    private let hidden: FloatBuffer
    private let queryKeyValue: FloatBuffer
    private let attended: FloatBuffer
    private let gateUp: FloatBuffer
    private let rope: FloatBuffer
    private let logits: FloatBuffer
    private let tokens: UnsafeMutablePointer<Int32>
    private let logitRows: UnsafeMutablePointer<Int32>
    private let tiles: AttentionTiles
    private var rows = 0
    private var logitRowCount = 0

    /// Floats per cache line: rows start on one.
    private static let alignment = 16

    init(
        geometry: ModelGeometry, rotaryDimension: Int, maxRows: Int, maxSequences: Int, maxLogitRows: Int
    ) throws(TensorError) {
        self.geometry = geometry
        self.maxRows = maxRows
        self.maxLogitRows = maxLogitRows
        hidden = try FloatBuffer(count: maxRows * Self.stride(geometry.hidden), for: "activations")
        queryKeyValue = try FloatBuffer(
            count: maxRows * Self.stride(geometry.queryKeyValueWidth), for: "activations")
        attended = try FloatBuffer(count: maxRows * Self.stride(geometry.attendedWidth), for: "activations")
        gateUp = try FloatBuffer(count: maxRows * Self.stride(2 * geometry.intermediate), for: "activations")
        rope = try FloatBuffer(count: maxRows * rotaryDimension, for: "activations")
        logits = try FloatBuffer(count: maxLogitRows * Self.stride(geometry.vocabulary), for: "logits")
        tokens = .allocate(capacity: maxRows)
        logitRows = .allocate(capacity: maxLogitRows)
        // A sequence of r rows makes at most r / maximumRows + 1 tiles.
        tiles = AttentionTiles(capacity: maxRows / AttentionTiles.maximumRows + maxSequences + 1)
    }

    deinit {
        tokens.deallocate()
        logitRows.deallocate()
    }

    var byteCount: Int {
        [hidden, queryKeyValue, attended, gateUp, rope, logits].reduce(0) { $0 + $1.byteCount }
    }

    /// Copies a plan's integers in and computes its rotary angles.
    func load(_ plan: StepPlan, blocks: UnsafePointer<Int32>, rope embedding: RotaryEmbedding) {
        precondition(plan.tokens.count <= maxRows, "the plan has more rows than the buffers")
        rows = plan.tokens.count
        logitRowCount = 0
        tiles.removeAll()
        for (row, token) in plan.tokens.enumerated() { tokens[row] = token }
        var row = 0
        for entry in plan.entries {
            tiles.append(
                firstRow: row, rows: entry.count, firstPosition: entry.firstPosition,
                blocks: blocks + entry.blockOffset)
            for offset in 0..<entry.count {
                embedding.write(
                    position: entry.firstPosition + offset,
                    to: rope.pointer + (row + offset) * embedding.rotaryDimension)
            }
            row += entry.count
            wantLogits(of: row - entry.logitRows..<row)
        }
    }

    private func wantLogits(of rows: Range<Int>) {
        precondition(
            logitRowCount + rows.count <= maxLogitRows, "the plan asks for more logits than there is room")
        for row in rows {
            logitRows[logitRowCount] = Int32(row)
            logitRowCount += 1
        }
    }

    func context(cache: KVCacheStorage) -> StepContext {
        StepContext(
            rows: rows, tokens: tokens, hidden: rowPointer(hidden, geometry.hidden),
            queryKeyValue: rowPointer(queryKeyValue, geometry.queryKeyValueWidth),
            attended: rowPointer(attended, geometry.attendedWidth),
            gateUp: rowPointer(gateUp, 2 * geometry.intermediate), rope: rope.pointer, tiles: tiles,
            cache: cache,
            logitRows: logitRows, logitRowCount: logitRowCount,
            logits: allLogits)
    }

    var allLogits: RowPointer { rowPointer(logits, geometry.vocabulary) }

    func logitRow(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(row < logitRowCount)
        return UnsafeMutableBufferPointer(
            start: logits.pointer + row * Self.stride(geometry.vocabulary), count: geometry.vocabulary)
    }

    /// The residual stream behind the last layer, of the row that logit row `row` was computed from.
    func hiddenRow(_ row: Int) -> UnsafeBufferPointer<Float> {
        precondition(row < logitRowCount)
        return UnsafeBufferPointer(
            start: hidden.pointer + Int(logitRows[row]) * Self.stride(geometry.hidden), count: geometry.hidden
        )
    }

    private func rowPointer(_ buffer: FloatBuffer, _ width: Int) -> RowPointer {
        RowPointer(buffer.pointer, stride: Self.stride(width))
    }

    private static func stride(_ width: Int) -> Int {
        (width + alignment - 1) / alignment * alignment
    }
}
