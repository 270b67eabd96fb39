package import Tensors

/// What the layers read and write in one step. Addresses stay valid until the step has run.
package struct StepContext {
    /// Rows of the step: prompt chunks and decode tokens of all sequences.
    package var rows: Int
    /// [rows] token ids.
    package var tokens: UnsafePointer<Int32>
    /// [rows][hidden size], the residual stream.
    package var hidden: RowPointer
    /// [rows][query, key and value heads].
    package var queryKeyValue: RowPointer
    /// [rows][query heads * head dimension].
    package var attended: RowPointer
    /// [rows][2 * intermediate size].
    package var gateUp: RowPointer
    /// [rows][2][rotary dimension / 2].
    package var rope: UnsafePointer<Float>
    package var tiles: AttentionTiles
    package var cache: KVCacheStorage
    /// Rows whose logits are wanted.
    package var logitRows: UnsafePointer<Int32>
    package var logitRowCount: Int
    /// [logitRowCount][vocabulary].
    package var logits: RowPointer

    package init(
        rows: Int, tokens: UnsafePointer<Int32>, hidden: RowPointer, queryKeyValue: RowPointer,
        attended: RowPointer, gateUp: RowPointer, rope: UnsafePointer<Float>, tiles: AttentionTiles,
        cache: KVCacheStorage, logitRows: UnsafePointer<Int32>, logitRowCount: Int, logits: RowPointer
    ) {
        self.rows = rows
        self.tokens = tokens
        self.hidden = hidden
        self.queryKeyValue = queryKeyValue
        self.attended = attended
        self.gateUp = gateUp
        self.rope = rope
        self.tiles = tiles
        self.cache = cache
        self.logitRows = logitRows
        self.logitRowCount = logitRowCount
        self.logits = logits
    }
}
