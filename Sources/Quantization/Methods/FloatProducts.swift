internal import Tensors

/// Products of large fp32 matrices with the kernels, added to what is there. Every element is summed up in the same
/// order whatever the number of threads is.
final class FloatProducts {
    let pool: WorkerPool
    private let kernels: Kernels
    private let workspace: Workspace

    /// Rows that are computed at a time.
    private static let rowsAtOnce = 256

    /// - Parameter inner: the longest sums there will be.
    init(inner: Int, kernels: Kernels, pool: WorkerPool) throws(QuantizationError) {
        self.kernels = kernels
        self.pool = pool
        do {
            workspace = try Workspace(
                threads: pool.threads, rows: Self.rowsAtOnce, inputs: inner, headDimension: 32, queryHeads: 1)
        } catch {
            throw .memory(error.description)
        }
    }

    /// A matrix to multiply with, as [columns of the product][inner].
    /// - Parameter column: writes a column of the product's inner values.
    func packed(
        columns: Int, inner: Int,
        _ column: (_ column: Int, _ values: UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(QuantizationError) -> PackedMatrix {
        let matrix: PackedMatrix
        do {
            matrix = try PackedMatrix(format: .fp32, rows: columns, columns: inner)
        } catch {
            throw .memory(error.description)
        }
        pool.forEachStretch(of: columns, length: PackedMatrix.rowsPerPanel) { stretch in
            withFloats(stretch.count * inner) { values in
                for (index, place) in stretch.enumerated() {
                    column(place, values.slice(index * inner, inner))
                }
                guard let base = values.baseAddress else { return }
                matrix.fill(rows: stretch, floats: base)
            }
        }
        return matrix
    }

    /// `target += left * right`, `left` having `rows` rows.
    func add(_ left: RowPointer, rows: Int, times right: PackedMatrix, to target: RowPointer) {
        multiply(left, rows: rows, right, target, accumulate: true)
    }

    /// `target = left * right`
    func set(_ target: RowPointer, _ left: RowPointer, rows: Int, times right: PackedMatrix) {
        multiply(left, rows: rows, right, target, accumulate: false)
    }

    private func multiply(
        _ left: RowPointer, rows: Int, _ right: PackedMatrix, _ target: RowPointer, accumulate: Bool
    ) {
        var stream = CommandStream()
        for first in stride(from: 0, to: rows, by: Self.rowsAtOnce) {
            stream.linear(
                weight: right, bias: nil, prologue: .none, input: left.advanced(first),
                output: target.advanced(first), accumulate: accumulate,
                rows: min(Self.rowsAtOnce, rows - first))
        }
        stream.execute(on: pool, kernels: kernels, workspace: workspace)
    }
}

extension RowPointer {
    fileprivate func advanced(_ rows: Int) -> RowPointer {
        RowPointer(pointer + rows * stride, stride: stride)
    }
}
