import CKernels
import TestSupport
import Testing

@Suite("rows of blocks")
struct BlocksTests {
    /// A type with its name in lists of GGUF's types.
    struct BlockType: Sendable, CustomTestStringConvertible {
        let code: lmk_block_type
        let type: GGUFBlockType

        var testDescription: String { type.name }
        var isFourBit: Bool { ["Q4_0", "Q4_1", "Q4_K"].contains(type.name) }
        /// Values that share a scale.
        var group: Int { ["Q2_K", "Q3_K", "Q6_K"].contains(type.name) ? 16 : 32 }

        init(_ code: lmk_block_type, _ name: String) {
            self.code = code
            type = .named(name)
        }
    }

    static let types = [
        BlockType(LMK_BLOCK_Q4_0, "Q4_0"), BlockType(LMK_BLOCK_Q4_1, "Q4_1"),
        BlockType(LMK_BLOCK_Q5_0, "Q5_0"),
        BlockType(LMK_BLOCK_Q5_1, "Q5_1"), BlockType(LMK_BLOCK_Q8_0, "Q8_0"),
        BlockType(LMK_BLOCK_Q2_K, "Q2_K"),
        BlockType(LMK_BLOCK_Q3_K, "Q3_K"), BlockType(LMK_BLOCK_Q4_K, "Q4_K"),
        BlockType(LMK_BLOCK_Q5_K, "Q5_K"),
        BlockType(LMK_BLOCK_Q6_K, "Q6_K"), BlockType(LMK_BLOCK_IQ4_NL, "IQ4_NL"),
        BlockType(LMK_BLOCK_IQ4_XS, "IQ4_XS"), BlockType(LMK_BLOCK_MXFP4, "MXFP4"),
    ]

    private struct Groups: Equatable {
        var quants: [Int8]
        var scales: [UInt32]
        var offsets: [UInt32]
    }

    private static func decode(_ isa: lmk_isa, _ type: BlockType, _ bytes: [UInt8], products: Bool) -> Groups
    {
        let blocks = bytes.count / type.type.bytes
        let groups = blocks * type.type.elements / type.group
        var quants = [Int8](repeating: 99, count: blocks * type.type.elements)
        var scales = [Float](repeating: .nan, count: groups)
        var offsets = scales
        lmk_testing_blocks_decode(
            isa, type.code, products, bytes, UInt32(blocks), &quants, &scales, &offsets)
        return Groups(quants: quants, scales: scales.map(\.bitPattern), offsets: offsets.map(\.bitPattern))
    }

    private static func floats(_ isa: lmk_isa, _ type: BlockType, _ bytes: [UInt8]) -> [UInt32] {
        let count = bytes.count / type.type.bytes * type.type.elements
        var values = [Float](repeating: .nan, count: count)
        lmk_testing_blocks_to_floats(isa, type.code, bytes, UInt64(count), &values)
        return values.map(\.bitPattern)
    }

    @Test("shapes of blocks are those of the format", arguments: types)
    func shapes(type: BlockType) {
        var (values, bytes, group) = (UInt32(0), UInt32(0), UInt32(0))
        lmk_testing_block_shape(type.code, &values, &bytes, &group)
        #expect((Int(values), Int(bytes), Int(group)) == (type.type.elements, type.type.bytes, type.group))
    }

    @Test("integers, scales and offsets give the floats", arguments: GroupsTests.isas, types)
    func decoding(isa: lmk_isa, type: BlockType) {
        var random = SeededGenerator(seed: 31)
        // Lengths around a chunk of 512 values.
        for count in [1, 2, 3, 15, 16, 17, 40] {
            let bytes = type.type.random(blocks: count, scales: 0x0001...0x7000, using: &random)
            let groups = Self.decode(isa, type, bytes, products: false)
            let values = groups.quants.enumerated().map { index, quant in
                let group = index / type.group
                return Float(quant) * Float(bitPattern: groups.scales[group])
                    + Float(bitPattern: groups.offsets[group])
            }
            let floats = Self.floats(isa, type, bytes)
            #expect(floats == values.map(\.bitPattern))
            #expect(floats == Self.floats(LMK_ISA_GENERIC, type, bytes))
            #expect(groups == Self.decode(LMK_ISA_GENERIC, type, bytes, products: false))
        }
    }

    @Test("integers take up their group's scale where they have room", arguments: GroupsTests.isas, types)
    func products(isa: lmk_isa, type: BlockType) {
        var random = SeededGenerator(seed: 32)
        let bytes = type.type.random(blocks: 20, using: &random)
        let (plain, products) = (
            Self.decode(isa, type, bytes, products: false), Self.decode(isa, type, bytes, products: true)
        )
        guard type.type.name == "Q3_K" else {
            #expect(products == plain)
            return
        }
        for (index, quant) in products.quants.enumerated() {
            let (group, block) = (index / 16, index / 256)
            // All groups of a block have one scale: minus the block's own.
            let half = UInt16(bytes[block * 110 + 108]) | UInt16(bytes[block * 110 + 109]) << 8
            #expect(products.scales[group] == (-lmk_half_to_float(half)).bitPattern)
            #expect(products.offsets[group] == (-Float(0)).bitPattern)
            let value = Float(plain.quants[index]) * Float(bitPattern: plain.scales[group])
            #expect(Float(quant) * Float(bitPattern: products.scales[group]) == value)
        }
    }

    @Test("Q3_K's smallest product is a byte", arguments: GroupsTests.isas)
    func smallestProduct(isa: lmk_isa) {
        // All third bits clear, and all scales and pairs of bits zero: -4 times -32 in every group.
        var block = [UInt8](repeating: 0, count: 110)
        block[109] = 0x3C
        let type = BlockType(LMK_BLOCK_Q3_K, "Q3_K")
        let groups = Self.decode(isa, type, block, products: true)
        #expect(groups.quants == [Int8](repeating: -128, count: 256))
        #expect(groups.scales == [UInt32](repeating: Float(-1).bitPattern, count: 16))
        #expect(Self.floats(isa, type, block) == [UInt32](repeating: Float(128).bitPattern, count: 256))
    }

    // MARK: - Packing

    /// A matrix with room for its packed form.
    private struct Panels {
        var matrix: lmk_matrix
        var bytes: [UInt8]

        init(_ format: lmk_format, rows: Int, columns: Int) {
            matrix = lmk_matrix(format: format, group: 32, n: UInt64(rows), k: UInt64(columns), data: nil)
            bytes = [UInt8](repeating: 0, count: lmk_matrix_bytes(format, 32, UInt64(rows), UInt64(columns)))
        }

        /// Packs `count` rows of blocks from row `first` on.
        mutating func pack(
            _ isa: lmk_isa, _ type: BlockType, first: Int, count: Int, _ source: [UInt8]
        ) -> (fit: lmk_fit, row: UInt64) {
            let rowBytes = Int(matrix.k) / type.type.elements * type.type.bytes
            var row = UInt64.max
            let fit = source.withUnsafeBytes { source in
                let rows = (first..<first + count).map { row in
                    source.baseAddress.map { $0 + row * rowBytes }
                }
                return lmk_testing_pack_blocks(
                    isa, &matrix, &bytes, UInt64(first), UInt64(count), type.code, rows, &row)
            }
            return (fit, row)
        }
    }

    /// The panels by way of rows of integers.
    private static func expected(
        _ type: BlockType, _ format: lmk_format, rows: Int, columns: Int, _ source: [UInt8]
    ) -> [UInt8] {
        var panels = Panels(format, rows: rows, columns: columns)
        let rowBytes = columns / type.type.elements * type.type.bytes
        for row in 0..<rows {
            let bytes = Array(source[row * rowBytes..<(row + 1) * rowBytes])
            let groups = decode(LMK_ISA_GENERIC, type, bytes, products: format == LMK_W8)
            let parts = stride(from: 0, to: columns, by: 32).map { start in
                let parts = start / type.group..<(start + 32) / type.group
                return (
                    Array(groups.quants[start..<start + 32]),
                    groups.scales[parts].map(Float.init(bitPattern:)),
                    groups.offsets[parts].map(Float.init(bitPattern:))
                )
            }
            if format == LMK_W8 {
                let packed = parts.map { GroupsReference.eightBit($0.0, $0.1, $0.2) }
                lmk_pack_w8(
                    &panels.matrix, &panels.bytes, UInt64(row), 1, packed.flatMap(\.quants),
                    packed.map(\.scale))
            } else {
                let center: Int8 = type.type.name == "Q4_0" ? 8 : 0
                let packed = parts.map { GroupsReference.fourBit($0.0, $0.1[0], $0.2[0], center: center) }
                lmk_pack_w4(
                    &panels.matrix, &panels.bytes, UInt64(row), 1, packed.flatMap(\.quants),
                    packed.map(\.scale), packed.map(\.offset))
            }
        }
        return panels.bytes
    }

    @Test("panels are those of the rows' integers", arguments: GroupsTests.isas, types)
    func packing(isa: lmk_isa, type: BlockType) {
        var random = SeededGenerator(seed: 33)
        // Shorter than a chunk of 512 values, longer, and longer than two.
        for (rows, blocks) in type.type.elements == 32
            ? [(1, 1), (32, 17), (40, 33)] : [(1, 1), (32, 3), (40, 5)]
        {
            // What is held as integers only, what is rounded only, and both.
            for scales in [UInt16(0x1000)...0x2C00, 0x0001...0x0300, 0x0001...0x1400] {
                let columns = blocks * type.type.elements
                let source = type.type.random(blocks: rows * blocks, scales: scales, using: &random)
                for format in type.isFourBit ? [LMK_W8, LMK_W4] : [LMK_W8] {
                    let expected = Self.expected(type, format, rows: rows, columns: columns, source)
                    var whole = Panels(format, rows: rows, columns: columns)
                    #expect(whole.pack(isa, type, first: 0, count: rows, source).fit == LMK_FIT_OK)
                    #expect(whole.bytes == expected)
                    // In pieces that end inside of panels, the last one first.
                    var pieces = Panels(format, rows: rows, columns: columns)
                    let cuts = [0, min(5, rows), min(33, rows), rows]
                    for (start, end) in zip(cuts, cuts.dropFirst()).reversed() {
                        #expect(
                            pieces.pack(isa, type, first: start, count: end - start, source).fit == LMK_FIT_OK
                        )
                    }
                    #expect(pieces.bytes == expected)
                }
            }
        }
    }

    /// Makes all blocks of a run infinite, or finite and too large for fp16.
    private static func damage(_ source: inout [UInt8], _ type: BlockType, blocks: Range<Int>, isFinite: Bool)
    {
        for block in blocks {
            let start = block * type.type.bytes
            guard let half = type.type.halves.first else {
                source[start] = isFinite ? 200 : 255
                continue
            }
            source[start + half] = 0
            source[start + half + 1] = isFinite ? 0x7B : 0x7C
        }
    }

    @Test("the first row that does not fit is named", arguments: GroupsTests.isas, types)
    func failures(isa: lmk_isa, type: BlockType) {
        var random = SeededGenerator(seed: 34)
        // Small integer scales may be zero: whole rows are damaged. Row 50 has both problems, the lesser one first.
        let (rows, blocks) = (70, 40)
        var source = type.type.random(blocks: rows * blocks, using: &random)
        Self.damage(&source, type, blocks: 67 * blocks..<68 * blocks, isFinite: false)
        Self.damage(&source, type, blocks: 50 * blocks..<50 * blocks + 20, isFinite: true)
        Self.damage(&source, type, blocks: 50 * blocks + 20..<51 * blocks, isFinite: false)
        for format in type.isFourBit ? [LMK_W8, LMK_W4] : [LMK_W8] {
            var panels = Panels(format, rows: rows, columns: blocks * type.type.elements)
            let all = panels.pack(isa, type, first: 0, count: rows, source)
            #expect(all.fit == LMK_FIT_NOT_FINITE && all.row == 50)
            let some = panels.pack(isa, type, first: 40, count: 30, source)
            #expect(some.fit == LMK_FIT_NOT_FINITE && some.row == 10)
            #expect(panels.pack(isa, type, first: 0, count: 50, source).fit == LMK_FIT_OK)
        }
    }

    @Test("a row out of range is told apart", arguments: GroupsTests.isas)
    func outOfRange(isa: lmk_isa) {
        var random = SeededGenerator(seed: 35)
        let type = BlockType(LMK_BLOCK_Q4_K, "Q4_K")
        var source = type.type.random(blocks: 40 * 3, using: &random)
        Self.damage(&source, type, blocks: 33 * 3..<34 * 3, isFinite: true)
        var panels = Panels(LMK_W4, rows: 40, columns: 768)
        let (fit, row) = panels.pack(isa, type, first: 0, count: 40, source)
        #expect(fit == LMK_FIT_OUT_OF_RANGE && row == 33)
    }
}
