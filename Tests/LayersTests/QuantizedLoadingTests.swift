import Checkpoints
import Layers
import Tensors
import TestSupport
import Testing

/// Integers of folders that others quantised, on their way into packed formats.
@Suite struct QuantizedLoadingTests {
    /// The layers that models load as one matrix.
    private static let fused = [
        ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["self_attn.o_proj"],
        ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"],
    ]

    private static func loader(
        _ checkpoint: Checkpoint, _ override: WeightFormat.Storage?, threads: Int = 2
    ) throws -> ParameterLoader {
        ParameterLoader(
            checkpoint: checkpoint, policy: FormatPolicy(override: override),
            pool: try WorkerPool(threads: threads))
    }

    private static func values(_ matrix: PackedMatrix, rows: Range<Int>) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows.count * matrix.columns) { buffer, count in
            if let base = buffer.baseAddress { matrix.readFloats(rows: rows, into: base) }
            count = rows.count * matrix.columns
        }
    }

    /// Loads every quantised layer as models do and calls `body` with each part's expectations, format and values.
    private static func forEachLayer(
        _ name: String, override: WeightFormat.Storage?,
        _ body: (_ weight: QuantizedGolden.Weight, _ format: WeightFormat, _ values: [Float]) -> Void
    ) throws {
        let golden = try QuantizedGolden(name)
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder(name))
        let loader = try loader(checkpoint, override)
        for modules in fused {
            let names = modules.map { "model.layers.0." + $0 }
            let weights = names.compactMap { name in golden.weights.first { $0.name == name + ".weight" } }
            guard weights.count == names.count else { continue }
            let matrix = try loader.linear(
                names, outputs: weights.map { $0.shape[0] }, inputs: weights[0].shape[1]
            ).weight
            var first = 0
            for weight in weights {
                body(weight, matrix.format, values(matrix, rows: first..<first + weight.shape[0]))
                first += weight.shape[0]
            }
        }
    }

    @Test(arguments: QuantizedGolden.names)
    func everyLayerIsHeldAsItsIntegers(name: String) throws {
        var count = 0
        try Self.forEachLayer(name, override: nil) { weight, format, values in
            #expect(format.description == weight.format, "\(weight.name)")
            #expect(QuantizedGolden.checksum(values) == weight.held, "\(weight.name)")
            count += 1
        }
        let expected = try QuantizedGolden(name).weights.count
        #expect(count == expected)
    }

    @Test(arguments: QuantizedGolden.names)
    func everyLayerIsExactInSinglePrecision(name: String) throws {
        try Self.forEachLayer(name, override: .fp32) { weight, format, values in
            #expect(format == .fp32)
            #expect(QuantizedGolden.checksum(values) == weight.float32, "\(weight.name)")
        }
    }

    /// Differences of 4-bit integers from their zero points are integers of 8 bits.
    @Test(arguments: QuantizedGolden.names.filter { !$0.contains("fp8") })
    func everyLayerIsExactInEightBits(name: String) throws {
        try Self.forEachLayer(name, override: .w8) { weight, format, values in
            #expect(format.storage == .w8)
            #expect(QuantizedGolden.checksum(values) == weight.float32, "\(weight.name)")
        }
    }

    @Test(arguments: [WeightFormat.Storage.fp16, .bf16])
    func sixteenBitsAreRoundedOnce(storage: WeightFormat.Storage) throws {
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder("gptq-g32"))
        let name = "model.layers.0.mlp.down_proj"
        let tensor = try #require(checkpoint.tensors[name + ".weight"])
        let matrix = try Self.loader(checkpoint, storage).linear(
            [name], outputs: [tensor.rowCount], inputs: tensor.rowLength
        ).weight
        var source = [Float](repeating: 0, count: tensor.rowCount * tensor.rowLength)
        source.withUnsafeMutableBufferPointer { tensor.readFloats(rows: 0..<tensor.rowCount, into: $0) }
        let rounded = (storage == .fp16 ? TinyStorage.f16 : .bf16).rounded(source)
        #expect(Self.values(matrix, rows: 0..<tensor.rowCount) == rounded)
    }

    // MARK: - Matrices of parts

    /// A folder of GPTQ layers with random integers.
    private static func folder(
        _ layers: [(name: String, outputs: Int, inputs: Int, group: Int)], scale: Float = 0.01,
        _ change: (inout SafetensorsBuilder) -> Void = { _ in }
    ) throws -> TemporaryFolder {
        var random = SeededGenerator(seed: 31)
        var file = SafetensorsBuilder()
        for layer in layers {
            let groups = layer.inputs / layer.group
            let scales = (0..<groups * layer.outputs).map { _ in scale }
            file.add(
                layer.name + ".qweight", [layer.inputs / 8, layer.outputs], dtype: "I32",
                random.bytes(layer.inputs / 2 * layer.outputs))
            file.add(
                layer.name + ".qzeros", [groups, layer.outputs / 8], dtype: "I32",
                random.bytes(groups * layer.outputs / 2))
            file.add(layer.name + ".scales", [groups, layer.outputs], scales)
        }
        change(&file)
        let folder = try TemporaryFolder()
        let config = try TinyModelGolden("llama-mha").spec.configJSON
        let quantization = #""quantization_config":{"quant_method":"gptq","bits":4,"sym":false},"#
        try folder.write("{" + quantization + config.drop { $0 != "{" }.dropFirst(), to: "config.json")
        try folder.write(file.build(), to: "model.safetensors")
        return folder
    }

    private static func load(
        _ folder: TemporaryFolder, _ names: [String], outputs: [Int], inputs: Int,
        override: WeightFormat.Storage? = nil, threads: Int = 2
    ) throws -> (format: WeightFormat, values: [Float], source: [Float]) {
        let checkpoint = try Checkpoint.open(folder.path)
        let matrix = try loader(checkpoint, override, threads: threads).linear(
            names, outputs: outputs, inputs: inputs
        ).weight
        let source = names.flatMap { name in
            guard let tensor = checkpoint.tensors[name + ".weight"] else { return [Float]() }
            var values = [Float](repeating: 0, count: tensor.rowCount * tensor.rowLength)
            values.withUnsafeMutableBufferPointer { tensor.readFloats(rows: 0..<tensor.rowCount, into: $0) }
            return values
        }
        return (matrix.format, values(matrix, rows: 0..<outputs.reduce(0, +)), source)
    }

    /// Parts begin in the middle of panels, and pieces of inputs are fewer or more than one.
    @Test(
        arguments: [
            ([40, 8, 72], 96, [32, 32, 32], WeightFormat.w4(group: 32)),
            ([8, 64], 640, [64, 64], .w4(group: 64)),
            ([32, 40], 1280, [128, 640], .w4(group: 128)),
            ([16, 24], 384, [96, 192], .w4(group: 32)),
            ([16, 24], 320, [320, 64], .w4(group: 64)),
            ([16, 24], 72, [72, 72], .w8(group: 0)),
        ] as [([Int], Int, [Int], WeightFormat)])
    func partsWithGroupsOfDifferentLengthsAreOneMatrix(
        outputs: [Int], inputs: Int, groups: [Int], format: WeightFormat
    ) throws {
        let names = ["a", "b", "c"].prefix(outputs.count)
        let layers = zip(names, zip(outputs, groups)).map { ($0, $1.0, inputs, $1.1) }
        let folder = try Self.folder(layers)
        let (found, values, source) = try Self.load(
            folder, Array(names), outputs: outputs, inputs: inputs)
        #expect(found == format)
        // Offsets are rounded to fp16: a scale's fifteenfold by 2^-11 of itself, and so is the scale.
        let budget: Float = format.storage == .w4 ? 0.01 * 30 * 0x1p-11 : 0
        #expect(zip(values, source).allSatisfy { abs($0 - $1) <= budget })
        let exact = try Self.load(
            folder, Array(names), outputs: outputs, inputs: inputs, override: .fp32, threads: 3)
        #expect(exact.values == source)
    }

    @Test func aPartThatIsNotQuantisedMakesTheMatrixFloats() throws {
        let folder = try Self.folder([("a", 40, 64, 32)], scale: 0.25) { file in
            let values = (0..<24 * 64).map { Float($0 % 7) }
            file.add("b.weight", [24, 64], dtype: "F16", TinyStorage.f16.bytes(values))
        }
        let loaded = try Self.load(folder, ["a", "b"], outputs: [40, 24], inputs: 64)
        #expect(loaded.format == .fp16)
        #expect(loaded.values == loaded.source)
    }

    /// 5000 is fp16, but not its fifteenfold; 1e5 is not. 1e-6 would lose most of its bits.
    @Test(arguments: [
        (Float(5000), WeightFormat.w8(group: 32)), (1e5, .fp32), (1e-6, .fp32), (0x1p-20, .w4(group: 32)),
    ])
    func scalesOutsideOfHalfPrecisionAreHeldInAWiderFormat(scale: Float, format: WeightFormat) throws {
        let folder = try Self.folder([("a", 40, 64, 32)], scale: scale)
        let loaded = try Self.load(folder, ["a"], outputs: [40], inputs: 64)
        #expect(loaded.format == format)
        #expect(loaded.values == loaded.source)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity], [nil, .fp32, .w8] as [WeightFormat.Storage?])
    func aScaleThatIsNotFiniteIsRefusedByName(scale: Float, override: WeightFormat.Storage?) throws {
        let folder = try Self.folder([("a", 16, 64, 32), ("b", 40, 64, 32)]) { file in
            var scales = [Float](repeating: 0.5, count: 80)
            scales[40 + 37] = scale
            file.tensors[file.tensors.count - 1].bytes = LittleEndian.bytes(scales)
        }
        #expect(throws: LoadError.scaleNotFinite(tensor: "b.scales", output: 37)) {
            try Self.load(folder, ["a", "b"], outputs: [16, 40], inputs: 64, override: override)
        }
    }

    @Test func biasesOfZerosThatTheModelHasNotAreLeftOut() throws {
        for value in [Float(0), 1] {
            let folder = try Self.folder([("a", 16, 64, 32)]) { file in
                file.add("a.bias", [16], [Float](repeating: value, count: 16))
            }
            let loader = try Self.loader(try Checkpoint.open(folder.path), nil)
            _ = try loader.linear(["a"], outputs: [16], inputs: 64)
            if value == 0 {
                try loader.finish()
            } else {
                #expect(throws: LoadError.unusedTensors(["a.bias"], architecture: "LlamaForCausalLM")) {
                    try loader.finish()
                }
            }
        }
    }

    @Test func conversionsSayWhatBecameOfTheIntegers() throws {
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder("awq-g128"))
        let loader = try Self.loader(checkpoint, nil)
        _ = try loader.linear(["model.layers.0.self_attn.o_proj"], outputs: [128], inputs: 128)
        #expect(loader.weightConversions.summary == "I4 (1 tensor, 0 MiB) -> w4 g128 (0 MiB)")
    }

    // MARK: - Memory

    /// 16 MiB of integers, of which no more than a few are in memory besides the packed matrix.
    @Test(
        .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"),
        arguments: [true, false])
    func aMatrixIsPackedInTheOrderOfTheFile(isAWQ: Bool) async {
        await #expect(processExitsWith: .success) { [isAWQ] in
            let (inputs, outputs) = (8192, 4096)
            let words = isAWQ ? [inputs, outputs / 8] : [inputs / 8, outputs]
            var file = SafetensorsBuilder()
            file.add("a.qweight", words, dtype: "I32", [UInt8](repeating: 0x5A, count: inputs * outputs / 2))
            file.add(
                "a.qzeros", [64, outputs / 8], dtype: "I32", [UInt8](repeating: 0x77, count: 32 * outputs))
            file.add("a.scales", [64, outputs], dtype: "F16", [UInt8](repeating: 0x12, count: 128 * outputs))
            let folder = try TemporaryFolder()
            try folder.write(try TinyModelGolden("llama-mha").spec.configJSON, to: "config.json")
            try folder.write(file.build(), to: "model.safetensors")
            file.tensors = []
            let pool = try WorkerPool(threads: 2)
            let checkpoint = try Checkpoint.open(folder.path)
            #expect(checkpoint.format == (isAWQ ? .awq : .gptq))
            var held = 0
            let growth = try ResourceUse.peakGrowthAlone {
                let loader = ParameterLoader(
                    checkpoint: checkpoint, policy: FormatPolicy(override: nil), pool: pool)
                held = try loader.linear(["a"], outputs: [outputs], inputs: inputs).weight.byteCount
            }
            #expect(held > 16 << 20)
            #expect(growth <= held + (12 << 20), "memory grew by \(growth) bytes for a matrix of \(held)")
        }
    }
}
