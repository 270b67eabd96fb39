internal import Tensors

/// The upper triangular U with U^T U = H^-1, for the products H of a linear layer's inputs with each other.
///
/// H = R R^T with R upper triangular, and U = R^-1: a factorisation and an inversion in place, both block by block,
/// so that nearly all of the work is products of matrices.
struct InverseFactor {
    let count: Int
    /// [count][count], zero below the diagonal.
    let values: FloatBuffer
    /// Inputs that were always zero: their weights do not matter.
    let unused: [Bool]

    /// The share of H's mean diagonal that is added to its diagonal.
    static let damping: Float = 0.01
    /// Columns of a block.
    static let block = 128

    /// - Parameter products: H, which is overwritten.
    /// - Returns: `nil` when H is not positive definite.
    init?(_ products: FloatBuffer, count: Int, _ compute: FloatProducts) throws(QuantizationError) {
        self.count = count
        values = products
        let h = products.elements
        var unused = [Bool](repeating: false, count: count)
        var sum: Double = 0
        for i in 0..<count { sum += Double(h[i * count + i]) }
        let damp = Self.damping * Float(sum / Double(max(count, 1)))
        for i in 0..<count {
            if h[i * count + i] == 0 {
                unused[i] = true
                h[i * count + i] = 1
            }
            h[i * count + i] += damp
        }
        self.unused = unused
        let matrix = Matrix(elements: h, count: count)
        guard try matrix.factorize(compute) else { return nil }
        try matrix.invert(compute)
    }

    func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> { values.elements.slice(row * count, count) }
}

/// A square matrix that is factorised and inverted in place.
private struct Matrix {
    let elements: UnsafeMutableBufferPointer<Float>
    let count: Int

    func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> { elements.slice(row * count, count) }

    private func rows(from row: Int, column: Int) -> RowPointer {
        // SAFETY: the place is in the matrix, or it is empty and nothing is read.
        RowPointer(elements.baseAddress.unsafelyUnwrapped + row * count + column, stride: count)
    }

    private var blocks: [Range<Int>] {
        stride(from: 0, to: count, by: InverseFactor.block).map { $0..<min($0 + InverseFactor.block, count) }
    }

    // MARK: - Factorisation

    /// Replaces a symmetric matrix by the upper triangular R with R R^T equal to it, from the last column to the first.
    func factorize(_ compute: FloatProducts) throws(QuantizationError) -> Bool {
        for block in blocks.reversed() {
            guard factorizeDiagonal(block) else { return false }
            let above = block.lowerBound
            guard above > 0 else { continue }
            // What is above the block: X R^T = H, each row of X from its last value on.
            compute.pool.forEachStretch(of: above, length: 16) { stretch in
                for index in stretch {
                    let values = row(index)
                    for k in block.reversed() {
                        let value = values[k] / row(k)[k]
                        values[k] = value
                        for j in block.lowerBound..<k { values[j] -= value * row(j)[k] }
                    }
                }
            }
            let negative = try compute.packed(columns: above, inner: block.count) { column, values in
                let source = row(column)
                for (index, k) in block.enumerated() { values[index] = -source[k] }
            }
            compute.add(
                rows(from: 0, column: above), rows: above, times: negative, to: rows(from: 0, column: 0))
        }
        for index in 0..<count { row(index).slice(0, index).update(repeating: 0) }
        return true
    }

    private func factorizeDiagonal(_ block: Range<Int>) -> Bool {
        for k in block.reversed() {
            let pivot = row(k)[k]
            guard pivot > 0, pivot.isFinite else { return false }
            let root = pivot.squareRoot()
            row(k)[k] = root
            for i in block.lowerBound..<k { row(i)[k] /= root }
            for i in block.lowerBound..<k {
                let values = row(i)
                let factor = values[k]
                for j in i..<k { values[j] -= factor * row(j)[k] }
            }
        }
        return true
    }

    // MARK: - Inversion

    /// Replaces an upper triangular matrix by its inverse, from the first column to the last.
    func invert(_ compute: FloatProducts) throws(QuantizationError) {
        let block = InverseFactor.block
        let products: FloatBuffer
        do {
            products = try FloatBuffer(count: count * block, for: "the inverse of a layer's products")
        } catch {
            throw .memory(error.description)
        }
        for columns in blocks {
            invertDiagonal(columns)
            let above = columns.lowerBound
            guard above > 0 else { continue }
            // With the inverse P of what is to the left: the block above the diagonal becomes -P X D.
            let right = try compute.packed(columns: columns.count, inner: above) { column, values in
                for k in 0..<above { values[k] = row(k)[columns.lowerBound + column] }
            }
            compute.set(
                RowPointer(products.pointer, stride: block), rows(from: 0, column: 0), rows: above,
                times: right)
            compute.pool.forEachStretch(of: above, length: 16) { stretch in
                for index in stretch {
                    let (target, source) = (row(index), products.elements.slice(index * block, columns.count))
                    for (place, column) in columns.enumerated() {
                        var sum: Float = 0
                        for k in 0...place { sum += source[k] * row(columns.lowerBound + k)[column] }
                        target[column] = -sum
                    }
                }
            }
        }
    }

    private func invertDiagonal(_ block: Range<Int>) {
        // From the last column to the first: each value from those below it, and from columns not yet inverted.
        for column in block.reversed() {
            let diagonal = 1 / row(column)[column]
            for i in (block.lowerBound..<column).reversed() {
                var sum = row(i)[column] * diagonal
                for k in i + 1..<max(column, i + 1) { sum += row(i)[k] * row(k)[column] }
                row(i)[column] = -sum / row(i)[i]
            }
            row(column)[column] = diagonal
        }
    }
}
