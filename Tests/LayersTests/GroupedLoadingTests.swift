import Checkpoints
import Layers
import Tensors
import TestSupport
import Testing

/// Matrices of GGUF's grouped types on their way into packed formats.
@Suite struct GroupedLoadingTests {
    /// A Llama model's metadata; the tensors are what a test adds.
    private static func file(_ tensors: [(name: String, shape: [Int], type: GGUFBlockType, bytes: [UInt8])])
        -> [UInt8]
    {
        var file = GGUFBuilder()
        file.set("general.architecture", .string("llama"))
        let sizes: [(String, UInt32)] = [
            ("embedding_length", 512), ("feed_forward_length", 512), ("block_count", 1),
            ("context_length", 128), ("attention.head_count", 4), ("attention.head_count_kv", 4),
            ("vocab_size", 6),
        ]
        for (key, value) in sizes { file.set("llama." + key, .uint32(value)) }
        file.set("llama.attention.layer_norm_rms_epsilon", .float32(1e-5))
        for tensor in tensors {
            file.add(tensor.name, tensor.shape, type: tensor.type.number, tensor.bytes)
        }
        return file.build()
    }

    private static func load(
        _ file: [UInt8], _ names: [String], rows: [Int], columns: Int = 512,
        override: WeightFormat.Storage? = nil
    ) throws -> (matrix: PackedMatrix, values: [Float], source: [Float], conversions: [WeightConversion]) {
        let folder = try TemporaryFolder()
        let checkpoint = try Checkpoint.open(folder.write(file, to: "model.gguf"))
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: FormatPolicy(override: override), pool: try WorkerPool(threads: 2)
        )
        let matrix = try loader.linear(names, outputs: rows, inputs: columns).weight
        let count = rows.reduce(0, +)
        let values = [Float](unsafeUninitializedCapacity: count * columns) { buffer, initialized in
            if let base = buffer.baseAddress { matrix.readFloats(rows: 0..<count, into: base) }
            initialized = count * columns
        }
        let source = names.flatMap { name in
            let tensor = checkpoint.tensors[name + ".weight"]
            return [Float](unsafeUninitializedCapacity: (tensor?.rowCount ?? 0) * columns) { buffer, count in
                tensor?.readFloats(rows: 0..<(tensor?.rowCount ?? 0), into: buffer)
                count = buffer.count
            }
        }
        return (matrix, values, source, loader.weightConversions)
    }

    /// The largest difference of a value, in parts of its row's largest magnitude in the same 32 values.
    private static func error(_ values: [Float], _ source: [Float]) -> Float {
        stride(from: 0, to: values.count, by: 32).map { start in
            let range = start..<start + 32
            let largest = source[range].map(\.magnitude).max() ?? 0
            let difference = zip(values[range], source[range]).map { abs($0 - $1) }.max() ?? 0
            return difference == 0 ? 0 : difference / largest
        }.max() ?? 0
    }

    /// The largest error that holding a type in its format may cause, relative to the group's largest value.
    private static let budgets: [(name: String, format: WeightFormat, budget: Float)] = [
        ("Q4_0", .w4(group: 32), 0), ("Q4_1", .w4(group: 32), 0), ("Q5_0", .w8(group: 32), 0),
        ("Q8_0", .w8(group: 32), 0), ("IQ4_NL", .w8(group: 32), 0), ("MXFP4", .w8(group: 32), 0),
        ("Q3_K", .w8(group: 32), 0),
        // Half a step of 1/127, and the step's own rounding to fp16.
        ("Q2_K", .w8(group: 32), 0.00395), ("Q5_1", .w8(group: 32), 0.00395),
        ("Q5_K", .w8(group: 32), 0.00395), ("Q6_K", .w8(group: 32), 0.00395),
        // The scale rounded to fp16.
        ("IQ4_XS", .w8(group: 32), 0x1p-11),
        // Scale and offset rounded to fp16: 2^-11 of a product and an offset that may cancel each other.
        ("Q4_K", .w4(group: 32), 0.01),
    ]

    @Test(arguments: budgets)
    func everyTypeIsHeldWithinItsBudget(
        test: (name: String, format: WeightFormat, budget: Float)
    ) throws {
        var random = SeededGenerator(seed: 5)
        let type = GGUFBlockType.named(test.name)
        let bytes = type.random(blocks: 40 * 512 / type.elements, using: &random)
        let file = Self.file([("a.weight", [40, 512], type, bytes)])
        let loaded = try Self.load(file, ["a"], rows: [40])
        #expect(loaded.matrix.format == test.format)
        let error = Self.error(loaded.values, loaded.source)
        #expect(error <= test.budget, "\(error)")
        // The budget is one: half of it would not do.
        #expect(test.budget == 0 || test.name == "Q4_K" || error > test.budget / 2)
    }

    @Test func partsOfDifferentTypesAreOneMatrix() throws {
        var random = SeededGenerator(seed: 6)
        let (four, six) = (GGUFBlockType.named("Q4_K"), GGUFBlockType.named("Q6_K"))
        let file = Self.file([
            ("a.weight", [40, 512], four, four.random(blocks: 80, using: &random)),
            ("b.weight", [8, 512], six, six.random(blocks: 16, using: &random)),
            ("c.weight", [64, 512], four, four.random(blocks: 128, using: &random)),
        ])
        let loaded = try Self.load(file, ["a", "b"], rows: [40, 8])
        #expect(loaded.matrix.format == .w8(group: 32))
        #expect(Self.error(loaded.values, loaded.source) <= 0.00395)
        #expect(
            loaded.conversions == [
                WeightConversion(
                    source: .q4K, format: .w8(group: 32), tensors: 1, sourceBytes: 80 * 144,
                    heldBytes: loaded.matrix.byteCount * 40 / 48),
                WeightConversion(
                    source: .q6K, format: .w8(group: 32), tensors: 1, sourceBytes: 16 * 210,
                    heldBytes: loaded.matrix.byteCount * 8 / 48),
            ])
        #expect(
            loaded.conversions.summary
                == "Q4_K (1 tensor, 0 MiB) -> w8 g32 (0 MiB), Q6_K (1, 0 MiB) -> w8 g32 (0 MiB)")
    }

    @Test func aFourBitTypeInEightBitsIsExactWhereItHasNoOffset() throws {
        var random = SeededGenerator(seed: 7)
        let type = GGUFBlockType.named("Q4_0")
        let file = Self.file([("a.weight", [33, 512], type, type.random(blocks: 33 * 16, using: &random))])
        let loaded = try Self.load(file, ["a"], rows: [33], override: .w8)
        #expect(loaded.matrix.format == .w8(group: 32))
        #expect(loaded.values == loaded.source)
    }

    /// 0x6C00 is 4096, 0x7700 28672 and 0x7B00 57344; what they are multiplied with exceeds 65504.
    @Test(arguments: [
        ("Q4_K", UInt8(0x6C), WeightFormat.w8(group: 32)), ("Q4_K", 0x7B, .fp32), ("Q6_K", 0x7B, .fp32),
        ("Q4_0", 0x77, .w8(group: 32)), ("MXFP4", 0, .fp32),
    ])
    func scalesOutsideOfHalfPrecisionAreHeldInAWiderFormat(
        test: (name: String, highByte: UInt8, format: WeightFormat)
    ) throws {
        var random = SeededGenerator(seed: 8)
        let type = GGUFBlockType.named(test.name)
        var bytes = type.random(blocks: 40 * 512 / type.elements, using: &random)
        for offset in type.halves.prefix(1) {
            let start = (40 * 512 / type.elements - 1) * type.bytes + offset
            bytes.replaceSubrange(start..<start + 2, with: [0x00, test.highByte])
        }
        if test.name == "MXFP4" { bytes[0] = 200 }
        let file = Self.file([("a.weight", [40, 512], type, bytes)])
        let loaded = try Self.load(file, ["a"], rows: [40])
        #expect(loaded.matrix.format == test.format)
        #expect(Self.error(loaded.values, loaded.source) <= 0.00395)
        #expect(loaded.conversions.map(\.format) == [test.format])
    }

    @Test(arguments: [
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
    ])
    func scalesThatAreNotFiniteAreRefusedWithTensorAndRow(name: String) throws {
        var random = SeededGenerator(seed: 9)
        let type = GGUFBlockType.named(name)
        for (position, bits) in zip(type.halves, [[0x00, 0x7C], [0x01, 0xFE]] as [[UInt8]]) {
            var bytes = type.random(blocks: 40 * 512 / type.elements, using: &random)
            // Small integer scales may be zero: every block of the row is damaged.
            for block in 37 * 512 / type.elements..<38 * 512 / type.elements {
                let start = block * type.bytes + position
                bytes.replaceSubrange(start..<start + 2, with: bits)
            }
            let file = Self.file([("a.weight", [40, 512], type, bytes)])
            #expect(throws: LoadError.notFinite(tensor: "a.weight", row: 37)) {
                try Self.load(file, ["a"], rows: [40])
            }
        }
    }

    @Test func aFileOfMixedTypesIsFourBitWhenMostOfItsWeightsAre() throws {
        var random = SeededGenerator(seed: 10)
        let (four, half) = (GGUFBlockType.named("Q4_0"), GGUFBlockType.named("F16"))
        let zeros = [UInt8](repeating: 0, count: 6 * 512 * 2)
        for (rows, expected) in [(64, WeightFormat.w8(group: 64)), (16, .fp16)] {
            let file = Self.file([
                ("a.weight", [rows, 512], four, four.random(blocks: rows * 16, using: &random)),
                ("b.weight", [32, 512], half, [UInt8](repeating: 0, count: 32 * 512 * 2)),
                ("token_embd.weight", [6, 512], half, zeros),
            ])
            let folder = try TemporaryFolder()
            let checkpoint = try Checkpoint.open(folder.write(file, to: "model.gguf"))
            let loader = ParameterLoader(
                checkpoint: checkpoint, policy: FormatPolicy(override: nil), pool: try WorkerPool(threads: 1))
            let table = try loader.vocabularyMatrix("model.embed_tokens.weight", rows: 6, columns: 512)
            #expect(table.format == expected)
        }
    }
}
