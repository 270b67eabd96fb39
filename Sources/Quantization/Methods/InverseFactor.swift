internal import Tensors

/// The upper triangular U with U^T U = H^-1, for the products H of a linear layer's inputs with each other.
///
/// H = R R^T with R upper triangular, and U = R^-1: a factorisation and an inversion, in place.
struct InverseFactor {
    let count: Int
    /// [count][count], zero below the diagonal.
    let values: FloatBuffer
    /// Inputs that were always zero: their weights do not matter.
    let unused: [Bool]

    /// The share of H's mean diagonal that is added to its diagonal.
    static let damping: Float = 0.01

    /// - Parameter products: H, which is overwritten.
    /// - Returns: `nil` when H is not positive definite.
    init?(_ products: FloatBuffer, count: Int, pool: WorkerPool) {
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
        guard Self.factorize(h, count, pool) else { return nil }
        Self.invert(h, count, pool)
    }

    func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> { values.elements.slice(row * count, count) }

    // MARK: - Internals

    /// Replaces the upper triangle of H by R, from the last column to the first.
    private static func factorize(
        _ h: UnsafeMutableBufferPointer<Float>, _ count: Int, _ pool: WorkerPool
    ) -> Bool {
        // H is symmetric: column k of the upper triangle is row k of the lower one, which lies in memory in one
        // piece. The lower triangle is worked on, and R is its transpose.
        for k in (0..<count).reversed() {
            let pivot = h[k * count + k]
            guard pivot > 0, pivot.isFinite else { return false }
            let root = pivot.squareRoot()
            let column = h.slice(k * count, k + 1)
            for i in 0..<k { column[i] /= root }
            column[k] = root
            pool.forEachStretch(of: k, length: 64) { rows in
                for i in rows {
                    subtract(column, times: column[i], from: h.slice(i * count, count), 0..<i + 1)
                }
            }
        }
        for i in 0..<count {
            for j in i + 1..<max(count, i + 1) {
                h[i * count + j] = h[j * count + i]
                h[j * count + i] = 0
            }
        }
        return true
    }

    /// Replaces the upper triangular R by its inverse.
    private static func invert(
        _ r: UnsafeMutableBufferPointer<Float>, _ count: Int, _ pool: WorkerPool
    ) {
        // Row i of U = (e_i - sum over j > i of R_ij U_j) / R_ii: from the last row up, each from those behind it.
        for i in (0..<count).reversed() {
            let row = r.slice(i * count, count)
            let factor = 1 / row[i]
            withFloats(count) { result in
                result.update(repeating: 0)
                pool.forEachStretch(of: count - i - 1, length: 256) { part in
                    let columns = part.lowerBound + i + 1..<part.upperBound + i + 1
                    for j in i + 1..<columns.upperBound {
                        let own = max(j, columns.lowerBound)..<columns.upperBound
                        subtract(r.slice(j * count, count), times: row[j], from: result, own)
                    }
                }
                for j in i + 1..<max(count, i + 1) { row[j] = result[j] * factor }
            }
            row[i] = factor
        }
    }

    /// `target -= source * factor` in a range.
    static func subtract(
        _ source: UnsafeMutableBufferPointer<Float>, times factor: Float,
        from target: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>
    ) {
        guard let source = UnsafeRawPointer(source.baseAddress),
            let target = UnsafeMutableRawPointer(target.baseAddress)
        else { return }
        var place = range.lowerBound
        while place + 8 <= range.upperBound {
            // SAFETY: both buffers have the range's elements.
            let x = (source + place * 4).loadUnaligned(as: SIMD8<Float>.self)
            let y = (target + place * 4).loadUnaligned(as: SIMD8<Float>.self)
            (target + place * 4).storeBytes(of: y - x * factor, as: SIMD8<Float>.self)
            place += 8
        }
        while place < range.upperBound {
            let x = (source + place * 4).loadUnaligned(as: Float.self)
            let y = (target + place * 4).loadUnaligned(as: Float.self)
            (target + place * 4).storeBytes(of: y - x * factor, as: Float.self)
            place += 1
        }
    }
}
