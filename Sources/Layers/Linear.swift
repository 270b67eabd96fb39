package import Tensors

/// `y = x W^T + b`. The weight is packed; which format it has, nobody above needs to know.
package struct Linear: Sendable {
    package let weight: PackedMatrix
    package let bias: FloatBuffer?

    package init(weight: PackedMatrix, bias: FloatBuffer?) {
        self.weight = weight
        self.bias = bias
    }

    package var inputs: Int { weight.columns }
    package var outputs: Int { weight.rows }
    package var byteCount: Int { weight.byteCount + (bias?.byteCount ?? 0) }

    package func encode(
        into stream: inout CommandStream, prologue: LinearPrologue = .none, input: RowPointer,
        rowIndices: UnsafePointer<Int32>? = nil, output: RowPointer, accumulate: Bool = false, rows: Int
    ) {
        stream.linear(
            weight: weight, bias: bias.map { UnsafePointer($0.pointer) }, prologue: prologue, input: input,
            rowIndices: rowIndices, output: output, accumulate: accumulate, rows: rows)
    }
}
