internal import Tensors

/// The tensor types of GGUF files, by their number in the file.
enum GGUFTensorType {
    static func dtype(_ number: UInt32) -> DType? {
        readable[number]
    }

    /// The format's own name for a type, also for types that cannot be read.
    static func name(_ number: UInt32) -> String {
        names[number] ?? "number \(number)"
    }

    /// What can be read, as the format names it.
    static let readableNames = readable.sorted { $0.key < $1.key }.map(\.value.rawValue).joined(
        separator: ", ")

    /// Values and bytes of a block, also for types that cannot be read; nil for unknown numbers.
    static func block(_ number: UInt32) -> (elements: Int, bytes: Int)? {
        dtype(number).map { ($0.blockElements, $0.blockBytes) } ?? otherBlocks[number]
    }

    /// The types that are named below and cannot be read.
    private static let otherBlocks: [UInt32: (elements: Int, bytes: Int)] = [
        9: (32, 40), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50),
        21: (256, 110), 22: (256, 82), 29: (256, 56), 34: (256, 54), 35: (256, 66), 40: (64, 36),
        41: (128, 18),
    ]

    private static let readable: [UInt32: DType] = {
        var numbers: [UInt32: DType] = [:]
        for (number, name) in names {
            numbers[number] = DType(rawValue: name)
        }
        return numbers
    }()

    private static let names: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0",
        9: "Q8_1",
        10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
        16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
        23: "IQ4_XS",
        24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
        31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0", 35: "TQ2_0",
        36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
    ]
}
