package import Tensors

/// A table with one row of `hidden` values per token.
package struct Embedding: Sendable {
    package let table: PackedMatrix

    package init(table: PackedMatrix) { self.table = table }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        stream.embed(table: table, tokens: step.tokens, rows: step.rows, output: step.hidden)
    }
}
