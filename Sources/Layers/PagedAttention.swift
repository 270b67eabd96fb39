package import Tensors

/// Grouped-query self-attention over the paged KV cache (Kwon et al. 2023, section 4; Ainslie et al. 2023).
/// Query, key and value projections are one fused matrix; the norm before them is its prologue.
package struct PagedAttention: Sendable {
    package let layer: Int
    package let queryHeads: Int
    package let headDimension: Int
    /// Positions a token sees, its own included; `nil`: all.
    package let window: Int?
    package let rotaryDimension: Int
    package let norm: RMSNorm
    package let queryKeyValue: Linear
    package let output: Linear

    package init(
        layer: Int, queryHeads: Int, headDimension: Int, window: Int? = nil, rotaryDimension: Int,
        norm: RMSNorm, queryKeyValue: Linear, output: Linear
    ) {
        self.layer = layer
        self.queryHeads = queryHeads
        self.headDimension = headDimension
        self.window = window
        self.rotaryDimension = rotaryDimension
        self.norm = norm
        self.queryKeyValue = queryKeyValue
        self.output = output
    }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        queryKeyValue.encode(
            into: &stream, prologue: norm.prologue, input: step.hidden, output: step.queryKeyValue,
            rows: step.rows)
        stream.attention(
            cache: step.cache, layer: layer, queryHeads: queryHeads, window: window,
            rotaryDimension: rotaryDimension, scale: 1 / Float(headDimension).squareRoot(),
            queryKeyValue: step.queryKeyValue, rope: step.rope, tiles: step.tiles, rows: step.rows,
            output: step.attended)
        output.encode(
            into: &stream, input: step.attended, output: step.hidden, accumulate: true, rows: step.rows)
    }
}
