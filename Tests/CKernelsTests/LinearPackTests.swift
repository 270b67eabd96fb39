import CKernels
import Testing

@Suite("weight packing")
struct LinearPackTests {
    struct SizeCase: Sendable {
        let format: UInt32
        let group: UInt32
        let n: UInt64
        let k: UInt64
        let bytes: Int
    }

    @Test(
        "sizes are those of whole panels",
        arguments: [
            SizeCase(format: LMK_FP32.rawValue, group: 0, n: 1, k: 3, bytes: 3 * 128),
            SizeCase(format: LMK_FP16.rawValue, group: 0, n: 33, k: 3, bytes: 2 * 3 * 64),
            SizeCase(format: LMK_BF16.rawValue, group: 0, n: 32, k: 3, bytes: 2 * 128),
            SizeCase(format: LMK_W8.rawValue, group: 0, n: 32, k: 5, bytes: 128 + 2 * 128),
            SizeCase(format: LMK_W8.rawValue, group: 64, n: 64, k: 96, bytes: 2 * (2 * 64 + 96 * 32)),
            SizeCase(format: LMK_W4.rawValue, group: 32, n: 576, k: 576, bytes: 18 * 18 * (128 + 512)),
            SizeCase(format: LMK_W4.rawValue, group: 128, n: 32, k: 160, bytes: 2 * 128 + 160 * 16),
        ])
    func sizes(_ size: SizeCase) {
        #expect(lmk_matrix_bytes(lmk_format(size.format), size.group, size.n, size.k) == size.bytes)
    }

    @Test(
        "impossible matrices have no size",
        arguments: [
            SizeCase(format: LMK_FP32.rawValue, group: 0, n: 0, k: 4, bytes: 0),
            SizeCase(format: LMK_FP32.rawValue, group: 0, n: 4, k: 0, bytes: 0),
            SizeCase(format: LMK_FP32.rawValue, group: 0, n: .max, k: .max, bytes: 0),
            SizeCase(format: LMK_FP32.rawValue, group: 0, n: 1 << 40, k: 1 << 30, bytes: 0),
            SizeCase(format: LMK_W8.rawValue, group: 0, n: 4, k: (1 << 17) + 1, bytes: 0),
            SizeCase(format: LMK_W8.rawValue, group: 16, n: 4, k: 64, bytes: 0),
            SizeCase(format: LMK_W8.rawValue, group: 32, n: 4, k: 33, bytes: 0),
            SizeCase(format: LMK_W4.rawValue, group: 0, n: 4, k: 32, bytes: 0),
            SizeCase(format: LMK_W4.rawValue, group: 256, n: 4, k: 256, bytes: 0),
            SizeCase(format: LMK_W4.rawValue, group: 64, n: 4, k: 72, bytes: 0),
            SizeCase(format: 77, group: 0, n: 4, k: 32, bytes: 0),
        ])
    func refusedSizes(_ size: SizeCase) {
        #expect(lmk_matrix_bytes(lmk_format(size.format), size.group, size.n, size.k) == 0)
    }

    @Test("unpacking gives back what was packed", arguments: LinearKind.all)
    func roundTrip(kind: LinearKind) throws {
        var random = VectorRandom(seed: 20)
        for n in [1, 31, 32, 33, 100] {
            for k in kind.inputCounts {
                let weights = try LinearWeights(kind, n: n, k: k, random: &random)
                #expect(
                    weights.unpacked(rows: 0..<n).bitPatterns == weights.values.bitPatterns, "\(n) x \(k)")
                let last = weights.unpacked(rows: n - 1..<n)
                #expect(last.bitPatterns == Array(weights.values[((n - 1) * k)...]).bitPatterns)
            }
        }
    }

    @Test("rows may arrive in any order and any pieces", arguments: LinearKind.all)
    func pieces(kind: LinearKind) throws {
        var random = VectorRandom(seed: 21)
        let weights = try LinearWeights(kind, n: 100, k: 160, random: &random)
        let whole = weights.bytes
        for size in [1, 7, 32, 45] {
            weights.eraseStorage()
            for start in stride(from: 0, to: 100, by: size).reversed() {
                weights.pack(rows: start..<min(start + size, 100))
            }
            #expect(weights.bytes == whole, "pieces of \(size) rows")
        }
    }

    /// Byte offsets of single weights, computed from the description in lmk.h.
    @Test("bytes lie where the format says")
    func layout() throws {
        var random = VectorRandom(seed: 22)
        let w4Kind = LinearKind(name: "w4", format: LMK_W4.rawValue, group: 64)
        let w4 = try LinearWeights(w4Kind, n: 40, k: 96, random: &random)
        let w4Panel = 2 * 128 + 96 * 16
        for (column, input) in [(0, 0), (5, 3), (31, 4), (32, 71), (39, 95), (33, 64)] {
            let group = input / 64, inGroup = input % 64
            let groupStart = column / 32 * w4Panel + group * (128 + 64 * 16)
            let byte = groupStart + 128 + inGroup / 8 * 128 + column % 32 * 4 + inGroup % 4
            let nibble = inGroup % 8 < 4 ? w4.bytes[byte] & 15 : w4.bytes[byte] >> 4
            #expect(nibble == UInt8(w4.integers[column * 96 + input]))
            let scale = groupStart + column % 32 * 2
            let half = UInt16(w4.bytes[scale]) | UInt16(w4.bytes[scale + 1]) << 8
            #expect(lmk_half_to_float(half) == w4.scales[column * 2 + group])
        }
        let bf16 = try LinearWeights(LinearKind.floats[2], n: 33, k: 5, random: &random)
        for (column, input) in [(0, 0), (7, 3), (31, 4), (32, 1)] {
            let byte = column / 32 * 3 * 128 + input / 2 * 128 + column % 32 * 4 + input % 2 * 2
            let bits = UInt16(bf16.bytes[byte]) | UInt16(bf16.bytes[byte + 1]) << 8
            #expect(lmk_bfloat16_to_float(bits) == bf16.values[column * 5 + input])
        }
        let padding = bf16.bytes[(2 * 128)..<(3 * 128)].enumerated().filter { $0.offset % 4 >= 2 }
        #expect(padding.allSatisfy { $0.element == 0 }, "the missing last input is zero")
    }

    /// The same integers as words of eight inputs, in rectangles of whole groups.
    @Test("octets of inputs make the bytes of single values", arguments: [32, 64, 128])
    func octets(group: Int) throws {
        var random = VectorRandom(seed: 24)
        let kind = LinearKind(name: "w4", format: LMK_W4.rawValue, group: group)
        for (n, k) in [(1, 32), (33, 160), (70, 384)] {
            let weights = try LinearWeights(kind, n: n, k: k, random: &random)
            let whole = weights.bytes
            weights.eraseStorage()
            let groups = kind.groupCount(k: k)
            for inputs in stride(from: 0, to: k, by: 128).map({ $0..<min($0 + 128, k) }).reversed() {
                let cuts = [0, 5, 32, 64, n].map { min($0, n) }
                for rows in zip(cuts, cuts.dropFirst()).map({ $0..<$1 }) where !rows.isEmpty {
                    let words = stride(from: inputs.lowerBound, to: inputs.upperBound, by: 8).flatMap {
                        input in
                        rows.map { row in
                            (0..<8).reduce(UInt32(0)) { word, index in
                                word | UInt32(weights.integers[row * k + input + index]) << UInt32(4 * index)
                            }
                        }
                    }
                    let own = inputs.lowerBound / group..<(inputs.upperBound + group - 1) / group
                    func halves(_ values: [Float]) -> [UInt16] {
                        own.flatMap { place in rows.map { lmk_float_to_half(values[$0 * groups + place]) } }
                    }
                    var matrix = weights.matrix
                    lmk_pack_w4_octets(
                        &matrix, weights.data, UInt64(rows.lowerBound), UInt32(rows.count),
                        UInt64(inputs.lowerBound), UInt64(inputs.count), words, halves(weights.scales),
                        halves(weights.offsets))
                }
            }
            #expect(weights.bytes == whole, "\(n) x \(k)")
        }
    }

    @Test("columns past the last one are zero", arguments: LinearKind.all)
    func padding(kind: LinearKind) throws {
        var random = VectorRandom(seed: 23)
        let weights = try LinearWeights(kind, n: 3, k: 64, random: &random)
        let wide = lmk_matrix(
            format: kind.lmkFormat, group: UInt32(kind.group), n: 32, k: 64, data: weights.matrix.data)
        var matrix = wide
        var out = [Float](repeating: .nan, count: 29 * 64)
        lmk_unpack_rows(&matrix, 3, 29, &out)
        #expect(out.allSatisfy { $0 == 0 })
    }
}

@Suite("weight quantisation")
struct LinearQuantizeTests {
    /// Half a step, plus what fp16 scales (and, for W4, offsets) add: 2^-11 of the largest weight each,
    /// times the up to 15 steps that a W4 scale's error is multiplied with.
    private func largestError(_ kind: LinearKind, _ group: ArraySlice<Float>) -> Float {
        let low = group.min() ?? 0, high = group.max() ?? 0, largest = max(abs(low), abs(high))
        if kind.format == LMK_W4.rawValue {
            return (high - low) / 15 / 2 * 1.001 + (largest + (high - low)) * 0x1p-11
        }
        return largest / 127 / 2 * 1.001 + (kind.group == 0 ? 0 : largest * 0x1p-11)
    }

    @Test("errors stay within half a step", arguments: LinearKind.integers)
    func roundTrip(kind: LinearKind) throws {
        var random = VectorRandom(seed: 30)
        for k in kind.inputCounts {
            for scale: Float in [1e-3, 0.05, 3, 1000] {
                let n = 45, source = random.floats(n * k, scale: scale)
                let out = try quantised(kind, n: n, k: k, source)
                let length = kind.groupLength(k: k)
                for row in 0..<n {
                    for start in stride(from: 0, to: k, by: length) {
                        let range = row * k + start..<row * k + min(start + length, k)
                        let bound = largestError(kind, source[range])
                        for i in range { #expect(abs(out[i] - source[i]) <= bound, "k = \(k)") }
                    }
                }
            }
        }
    }

    @Test("constant groups keep their value", arguments: LinearKind.integers)
    func constants(kind: LinearKind) throws {
        for value: Float in [0, 1, -1, 0.5] {
            let out = try quantised(kind, n: 2, k: 64, [Float](repeating: value, count: 128))
            #expect(out.allSatisfy { abs($0 - value) <= abs(value) * 0x1p-11 })
        }
    }

    @Test("groups with a non-finite weight become NaN, others do not", arguments: LinearKind.integers)
    func nonFinite(kind: LinearKind) throws {
        var random = VectorRandom(seed: 31)
        for value: Float in [.nan, .infinity, -.infinity] {
            var source = random.floats(2 * 256)
            source[3] = value
            let out = try quantised(kind, n: 2, k: 256, source)
            let poisoned = kind.groupLength(k: 256)
            #expect(out[..<poisoned].allSatisfy { $0.isNaN })
            #expect(out[poisoned...].allSatisfy { $0.isFinite })
        }
    }

    @Test("weights beyond fp16 scales saturate", arguments: LinearKind.integers.filter { $0.group > 0 })
    func saturation(kind: LinearKind) throws {
        let source = (0..<kind.group).map { $0 % 2 == 0 ? Float(1e30) : -1e30 }
        let out = try quantised(kind, n: 1, k: kind.group, source)
        #expect(out.allSatisfy { $0.isFinite })
    }

    private func quantised(_ kind: LinearKind, n: Int, k: Int, _ source: [Float]) throws -> [Float] {
        let bytes = lmk_matrix_bytes(kind.lmkFormat, UInt32(kind.group), UInt64(n), UInt64(k))
        try #require(bytes > 0)
        let storage = GuardedBytes(count: bytes)
        let data = storage.base.assumingMemoryBound(to: UInt8.self)
        var matrix = lmk_matrix(
            format: kind.lmkFormat, group: UInt32(kind.group), n: UInt64(n), k: UInt64(k),
            data: UnsafePointer(data))
        lmk_pack_quantize(&matrix, data, 0, UInt64(n), source)
        var out = [Float](repeating: .nan, count: n * k)
        lmk_unpack_rows(&matrix, 0, UInt64(n), &out)
        #expect(storage.guardIsIntact)
        return out
    }
}
