/// A tensor type of GGUF files: its number and its blocks.
package struct GGUFBlockType: Sendable, CustomStringConvertible {
    package let name: String
    package let number: UInt32
    /// Values in a block.
    package let elements: Int
    package let bytes: Int
    /// Where a block has fp16 scales and offsets.
    package let halves: [Int]

    private init(_ name: String, _ number: UInt32, _ elements: Int, _ bytes: Int, halves: [Int] = []) {
        self.name = name
        self.number = number
        self.elements = elements
        self.bytes = bytes
        self.halves = halves
    }

    package var description: String { name }

    package static let plain = [
        GGUFBlockType("F32", 0, 1, 4), GGUFBlockType("F16", 1, 1, 2), GGUFBlockType("BF16", 30, 1, 2),
        GGUFBlockType("F64", 28, 1, 8), GGUFBlockType("I8", 24, 1, 1), GGUFBlockType("I16", 25, 1, 2),
        GGUFBlockType("I32", 26, 1, 4), GGUFBlockType("I64", 27, 1, 8),
    ]

    package static let grouped = [
        GGUFBlockType("Q4_0", 2, 32, 18, halves: [0]), GGUFBlockType("Q4_1", 3, 32, 20, halves: [0, 2]),
        GGUFBlockType("Q5_0", 6, 32, 22, halves: [0]), GGUFBlockType("Q5_1", 7, 32, 24, halves: [0, 2]),
        GGUFBlockType("Q8_0", 8, 32, 34, halves: [0]), GGUFBlockType("Q2_K", 10, 256, 84, halves: [80, 82]),
        GGUFBlockType("Q3_K", 11, 256, 110, halves: [108]),
        GGUFBlockType("Q4_K", 12, 256, 144, halves: [0, 2]),
        GGUFBlockType("Q5_K", 13, 256, 176, halves: [0, 2]),
        GGUFBlockType("Q6_K", 14, 256, 210, halves: [208]), GGUFBlockType("IQ4_NL", 20, 32, 18, halves: [0]),
        GGUFBlockType("IQ4_XS", 23, 256, 136, halves: [0]), GGUFBlockType("MXFP4", 39, 32, 17),
    ]

    /// For names of the lists above.
    package static func named(_ name: String) -> GGUFBlockType {
        guard let type = (plain + grouped).first(where: { $0.name == name }) else {
            preconditionFailure("\(name) is no type in the lists")
        }
        return type
    }

    /// Random blocks of a grouped type.
    /// - Parameter scales: what the fp16 scales and offsets are drawn from, as bit patterns without sign.
    /// - Parameter exponents: what the exponents of `MXFP4` are drawn from.
    package func random(
        blocks: Int, scales: ClosedRange<UInt16> = 0x1000...0x2C00, exponents: ClosedRange<UInt8> = 110...130,
        using random: inout SeededGenerator
    ) -> [UInt8] {
        var result: [UInt8] = []
        for _ in 0..<blocks {
            var block = random.bytes(bytes)
            for offset in halves {
                let sign: UInt16 = Bool.random(using: &random) ? 0x8000 : 0
                let half = LittleEndian.bytes(UInt16.random(in: scales, using: &random) | sign)
                block.replaceSubrange(offset..<offset + 2, with: half)
            }
            if name == "MXFP4" { block[0] = UInt8.random(in: exponents, using: &random) }
            result += block
        }
        return result
    }
}
