import CKernels
import Testing

@Suite("copies of packed weights")
struct PackedCopyTests {
    /// Where columns are taken from, and how many.
    private static func cuts(_ kind: LinearKind, k: Int) -> [(start: Int, count: Int)] {
        let unit = Int(lmk_column_unit(kind.lmkFormat, UInt32(kind.group)))
        let whole = k / unit
        var cuts = [(0, k)]
        if whole >= 2 { cuts += [(0, unit), (unit, k - unit), (whole / 2 * unit, unit)] }
        return cuts
    }

    @Test("a rectangle keeps its bits wherever it goes", arguments: LinearKind.all)
    func rectangles(kind: LinearKind) throws {
        var random = VectorRandom(seed: 77)
        for k in kind.inputCounts where k > 2 {
            let source = try LinearWeights(kind, n: 70, k: k, random: &random)
            for (row, first, rows) in [(0, 0, 70), (5, 33, 31), (32, 0, 32), (40, 3, 1), (1, 31, 38)] {
                for cut in Self.cuts(kind, k: k) {
                    let target = try LinearWeights(kind, n: 80, k: cut.count, random: &random)
                    target.eraseStorage()
                    var (matrix, from) = (target.matrix, source.matrix)
                    lmk_copy_packed(
                        &matrix, target.data, UInt64(row), &from, UInt64(first), UInt64(rows),
                        lmk_columns(source: UInt64(cut.start), target: 0, count: UInt64(cut.count)))
                    let expected = (first..<first + rows).flatMap { row in
                        source.values[row * k + cut.start..<row * k + cut.start + cut.count]
                    }
                    #expect(
                        target.unpacked(rows: row..<row + rows).bitPatterns == expected.bitPatterns,
                        "\(k) columns from \(cut.start), \(rows) rows from \(first) to \(row)")
                    let before = target.unpacked(rows: 0..<row),
                        behind = target.unpacked(rows: row + rows..<80)
                    #expect((before + behind).allSatisfy { $0 == 0 })
                    #expect(target.isGuardIntact)
                }
            }
        }
    }

    @Test("halves put together are the whole matrix, byte for byte", arguments: LinearKind.all)
    func halves(kind: LinearKind) throws {
        var random = VectorRandom(seed: 78)
        let k = 256
        let whole = try LinearWeights(kind, n: 96, k: k, random: &random)
        let joined = try LinearWeights(kind, n: 96, k: k, random: &random)
        joined.eraseStorage()
        for half in 0..<2 {
            let share = try LinearWeights(kind, n: 96, k: k / 2, random: &random)
            share.eraseStorage()
            var (matrix, from, target) = (share.matrix, whole.matrix, joined.matrix)
            let start = UInt64(half * k / 2), count = UInt64(k / 2)
            lmk_copy_packed(
                &matrix, share.data, 0, &from, 0, 96, lmk_columns(source: start, target: 0, count: count))
            lmk_copy_packed(
                &target, joined.data, 0, &matrix, 0, 96, lmk_columns(source: 0, target: start, count: count))
        }
        #expect(joined.bytes == whole.bytes)
    }
}
