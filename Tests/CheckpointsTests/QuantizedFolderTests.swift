import Checkpoints
import Tensors
import TestSupport
import Testing

/// Folders whose linear layers others have quantised.
struct QuantizedFolderTests {
    @Test(arguments: QuantizedGolden.names)
    func `the weights are what the integers stand for, bit for bit`(name: String) throws {
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder(name))
        let golden = try QuantizedGolden(name)
        #expect(!golden.weights.isEmpty)
        for weight in golden.weights {
            let tensor = try #require(checkpoint.tensors[weight.name])
            #expect(tensor.shape == weight.shape)
            #expect(QuantizedGolden.checksum(tensor.floats()) == weight.float32, "\(weight.name)")
            // Rows by themselves, again after the pages were dropped.
            let whole = tensor.floats()
            tensor.discard()
            #expect(tensor.floats(9..<12) == Array(whole[9 * tensor.rowLength..<12 * tensor.rowLength]))
        }
        #expect(checkpoint.tensors.keys.allSatisfy { $0.hasSuffix(".weight") || $0.hasSuffix(".bias") })
    }

    @Test(arguments: [
        ("awq-g128", "awq, 4 bits, groups of 128, asymmetric, without 'lm_head'", ModelFormat.awq),
        ("awq-bare", "awq, 4 bits", .awq),
        ("gptq-g32", "gptq, 4 bits, groups of 32, asymmetric, v1", .gptq),
        ("gptq-file-g128", "gptq, 4 bits, groups of 128, symmetric, v1", .gptq),
        ("gptq-v2-g64", "gptq, 4 bits, groups of 64, asymmetric, desc_act, v2", .gptq),
        ("gptq-columns", "gptq, 4 bits, one scale for each output, asymmetric, v1", .gptq),
        (
            "compressed-w8a8",
            "compressed-tensors, 8 bits, one scale for each output, symmetric, without 'lm_head'",
            .compressedTensors
        ),
        ("smooth-int8", "smooth_quant, 8 bits", .hf),
    ])
    func `a folder says how it was quantised`(name: String, text: String, format: ModelFormat) throws {
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder(name))
        #expect(checkpoint.quantization?.description == text)
        #expect(checkpoint.format == format)
        let summary = try CheckpointSummary(path: QuantizedGolden.folder(name))
        #expect(summary.quantization == text)
        #expect(summary.tensors.filter { !$0.isReadable }.isEmpty)
    }

    @Test
    func `integers are known as such, with their bytes`() throws {
        let checkpoint = try Checkpoint.open(QuantizedGolden.folder("awq-g128"))
        let tensor = try #require(checkpoint.tensors["model.layers.0.self_attn.k_proj.weight"])
        #expect(tensor.dtype == .int4)
        #expect(tensor.byteCount == 64 * 128 / 2 + 64 * 2 + 64 / 2)
        #expect(tensor.integers?.group == 128)
        let plain = try #require(checkpoint.tensors["lm_head.weight"])
        #expect(plain.dtype == .float16 && plain.integers == nil)
    }

    // MARK: - Damaged files

    /// A GPTQ layer of 64 inputs and 16 outputs in groups of 32, or an AWQ or compressed one of the same size.
    private static func layer(_ method: String) -> SafetensorsBuilder {
        var file = SafetensorsBuilder()
        func add(_ name: String, _ shape: [Int], _ dtype: String, _ size: Int) {
            file.add("a." + name, shape, dtype: dtype, [UInt8](repeating: 0, count: shape.reduce(size, *)))
        }
        switch method {
        case "awq":
            add("qweight", [64, 2], "I32", 4)
            add("qzeros", [2, 2], "I32", 4)
            add("scales", [2, 16], "F16", 2)
        case "gptq":
            add("qweight", [8, 16], "I32", 4)
            add("qzeros", [2, 2], "I32", 4)
            add("scales", [2, 16], "F16", 2)
            add("g_idx", [64], "I32", 4)
            let order = (0..<64).flatMap { LittleEndian.bytes(UInt32($0 / 32)) }
            file.tensors[3].bytes = order
        case "packed":
            add("weight_packed", [16, 8], "I32", 4)
            add("weight_scale", [16, 2], "BF16", 2)
            add("weight_zero_point", [2, 2], "I32", 4)
            add("weight_shape", [2], "I64", 8)
            file.tensors[3].bytes = LittleEndian.bytes(UInt64(16)) + LittleEndian.bytes(UInt64(64))
        default:
            add("weight", [16, 64], "I8", 1)
            add(method == "bytes" ? "weight_scale" : "scale", [16, 1], "F32", 4)
        }
        return file
    }

    private static let configurations = [
        "awq": #"{"quant_method":"awq","bits":4,"zero_point":true}"#,
        "gptq": #"{"quant_method":"gptq","bits":4,"sym":false}"#,
        "packed": #"{"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"num_bits":4}}}}"#,
        "bytes": #"{"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"num_bits":8}}}}"#,
        "smooth": #"{"quant_method":"smooth_quant"}"#,
    ]

    private static func open(
        _ method: String, _ configuration: String? = nil,
        _ change: (inout SafetensorsBuilder) -> Void = { _ in }
    ) throws -> Checkpoint {
        var file = layer(method)
        change(&file)
        return try WeightFolders.open(
            file.build(), as: "model.safetensors",
            changing: ["quantization_config": configuration ?? configurations[method]])
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var method: String
        /// The tensor that is changed, by the end of its name; added where there is none.
        var tensor: String
        /// Its shape and type; nil leaves the tensor out.
        var shape: [Int]?
        var dtype = "I32"
        var code = CheckpointError.Code.malformed
        var words: [String]

        var testDescription: String { "\(method) \(tensor) \(dtype) \(shape?.description ?? "missing")" }

        func apply(to file: inout SafetensorsBuilder) {
            file.tensors.removeAll { $0.name == "a." + tensor }
            guard let shape else { return }
            let sizes = ["I32": 4, "F32": 4, "F16": 2, "I8": 1, "I64": 8, "I16": 2]
            let count = shape.reduce(sizes[dtype] ?? 0, *)
            file.add("a." + tensor, shape, dtype: dtype, [UInt8](repeating: 0, count: count))
        }
    }

    @Test(arguments: [
        Damage(method: "awq", tensor: "scales", words: ["'a.qweight'", "'a.scales'", "not there"]),
        Damage(method: "awq", tensor: "qzeros", words: ["'a.qweight'", "'a.qzeros'", "not there"]),
        Damage(method: "awq", tensor: "qweight", words: ["'a.qzeros'", "'a.qweight'", "not there"]),
        Damage(
            method: "awq", tensor: "qweight", shape: [64, 2], dtype: "F32", words: ["type F32", "int32"]),
        Damage(
            method: "awq", tensor: "qweight", shape: [64, 3], words: ["'a.scales'", "[2, 16]", "[2, 24]"]),
        Damage(method: "awq", tensor: "qweight", shape: [64, 2, 1], words: ["[64, 2, 1]", "a matrix"]),
        Damage(method: "awq", tensor: "qzeros", shape: [2, 4], words: ["'a.qzeros'", "[2, 4]", "[2, 2]"]),
        Damage(method: "awq", tensor: "scales", shape: [3, 16], dtype: "F16", words: ["3 groups", "64"]),
        Damage(
            method: "awq", tensor: "scales", shape: [4, 16], dtype: "F16", code: .unsupported,
            words: ["groups of 16", "multiples of 32"]),
        Damage(method: "awq", tensor: "scales", shape: [2, 16], dtype: "I16", words: ["type int16"]),
        Damage(
            method: "awq", tensor: "weight", shape: [16, 64], dtype: "F16",
            words: ["'a.weight'", "one of the two"]),
        Damage(method: "gptq", tensor: "qzeros", shape: [2, 1], words: ["'a.qzeros'", "[2, 1]", "[2, 2]"]),
        Damage(
            method: "gptq", tensor: "g_idx", shape: [64], code: .unsupported,
            words: ["'a.g_idx'", "input 32", "group 0", "expected 1", "desc_act"]),
        Damage(method: "gptq", tensor: "g_idx", shape: [63], words: ["'a.g_idx'", "[63, 1]", "[64, 1]"]),
        Damage(
            method: "gptq", tensor: "qweight", shape: [0, 16],
            words: ["'a.g_idx'", "'a.qweight'", "not there"]),
        Damage(method: "packed", tensor: "weight_scale", words: ["'a.weight_packed'", "'a.weight_scale'"]),
        Damage(method: "packed", tensor: "weight_shape", words: ["'a.weight_packed'", "'a.weight_shape'"]),
        Damage(method: "packed", tensor: "weight_packed", words: ["'a.weight_packed'", "not there"]),
        Damage(
            method: "packed", tensor: "weight_packed", shape: [16, 9], words: ["[16, 9]", "weight_shape"]),
        Damage(
            method: "packed", tensor: "weight_shape", shape: [3], dtype: "I64",
            words: ["[3, 1]", "[2, 1]"]),
        Damage(method: "packed", tensor: "weight_shape", shape: [2], dtype: "I64", words: ["[0, 0]"]),
        Damage(method: "packed", tensor: "weight_zero_point", shape: [16, 2], words: ["[16, 2]", "[2, 2]"]),
        Damage(
            method: "packed", tensor: "weight_g_idx", shape: [64], code: .unsupported,
            words: ["actorder"]),
        Damage(method: "bytes", tensor: "weight_scale", words: ["'a.weight'", "'a.weight_scale'"]),
        Damage(
            method: "bytes", tensor: "weight_scale", shape: [15, 1], dtype: "F32",
            words: ["[15, 1]", "[16, 1]"]),
        Damage(method: "smooth", tensor: "scale", words: ["'a.weight'", "'a.scale'"]),
    ])
    func `tensors that do not belong together are refused by name`(damage: Damage) throws {
        let error = try #require(throws: CheckpointError.self) {
            try Self.open(damage.method) { damage.apply(to: &$0) }
        }
        #expect(error.code == damage.code, "\(error)")
        for words in damage.words { #expect(error.message.contains(words), "\(error)") }
        #expect(!error.message.contains("\n"))
    }

    @Test(arguments: ["awq", "gptq", "packed", "bytes", "smooth"])
    func `the layers of these tests are whole before they are damaged`(method: String) throws {
        let tensor = try #require(try Self.open(method).tensors["a.weight"])
        #expect(tensor.shape == [16, 64])
        #expect(tensor.floats().count == 16 * 64)
    }

    @Test(arguments: ["awq", "gptq", "packed", "bytes", "smooth"])
    func `bits of a file that change anywhere are an error or other numbers`(method: String) throws {
        var mutator = FileMutator(seed: 61)
        let original = Self.layer(method).build()
        for _ in 0..<200 {
            let bytes = mutator.mutated(original)
            guard
                let checkpoint = try? WeightFolders.open(
                    bytes, as: "model.safetensors",
                    changing: ["quantization_config": Self.configurations[method]])
            else { continue }
            for tensor in checkpoint.tensors.values {
                #expect(tensor.floats().count == tensor.shape.reduce(1, *))
            }
        }
    }

    // MARK: - Configurations

    @Test(arguments: [
        (#"{"quant_method":"awq","version":"gemv"}"#, CheckpointError.Code.unsupported, "'gemv'"),
        (#"{"quant_method":"awq","version":"marlin"}"#, .unsupported, "supported is 'gemm'"),
        (#"{"quant_method":"awq","bits":8}"#, .unsupported, "'bits' is 8"),
        (#"{"quant_method":"awq","group_size":0}"#, .invalidField, "'group_size' is 0"),
        (#"{"quant_method":"awq","group_size":"x"}"#, .invalidField, "'group_size'"),
        (
            #"{"quant_method":"gptq","bits":2}"#,
            .unsupported, "'bits' is 2, which is not supported; supported is 4 or 8"
        ),
        (#"{"quant_method":"gptq","bits":3}"#, .unsupported, "'bits' is 3"),
        (#"{"quant_method":"gptq","checkpoint_format":"marlin"}"#, .unsupported, "'marlin'"),
        (#"{"quant_method":"gptq","is_marlin_format":true}"#, .unsupported, "'marlin'"),
        (#"{"quant_method":"gptq","desc_act":1}"#, .invalidField, "'desc_act'"),
        (#"{"quant_method":"bitsandbytes","load_in_4bit":true}"#, .unsupported, "--dtype w4"),
        (#"{"load_in_8bit":true}"#, .unsupported, "'bitsandbytes'"),
        (
            #"{"quant_method":"hqq"}"#,
            .unsupported, "'hqq', which is not supported; supported are 'awq', 'gptq'"
        ),
        (#"{"quant_method":"mxfp4"}"#, .unsupported, "'mxfp4'"),
        (#"{}"#, .unsupported, "'missing'"),
        (#"{"quant_method":"smooth_quant","quant_dtype":"int4"}"#, .unsupported, "'int4'"),
        (#"{"quant_method":"compressed-tensors"}"#, .missingField, "config_groups"),
        (#"{"quant_method":"compressed-tensors","format":"marlin-24"}"#, .unsupported, "'marlin-24'"),
        (
            #"{"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"type":"int","num_bits":3}}}}"#,
            .unsupported, "'int' of 3 bits"
        ),
        (
            #"{"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"type":"float","num_bits":4}}}}"#,
            .unsupported, "'float' of 4 bits"
        ),
        (
            #"{"quant_method":"compressed-tensors","sparsity_config":{"format":"sparse-bitmask"},"config_groups":{}}"#,
            .unsupported, "'sparse-bitmask'"
        ),
    ])
    func `what is not supported is refused by name`(
        quantization: String, code: CheckpointError.Code, words: String
    ) throws {
        let error = try #require(throws: CheckpointError.self) {
            try WeightFolders.open(
                TinyFiles.safetensors().build(), as: "model.safetensors",
                changing: ["quantization_config": quantization])
        }
        #expect(error.code == code, "\(error)")
        #expect(error.message.contains(words), "\(error)")
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `a configuration must say the groups that the tensors have`() throws {
        let sized = #"{"quant_method":"gptq","sym":true,"group_size":"#
        #expect(try Self.open("gptq", sized + "32}").tensors["a.weight"]?.integers?.group == 32)
        for (group, code) in [
            ("64", CheckpointError.Code.malformed), ("-1", .malformed), ("48", .unsupported),
        ] {
            let error = try #require(throws: CheckpointError.self) {
                try Self.open("gptq", sized + group + "}")
            }
            #expect(error.code == code, "\(error)")
        }
    }

    @Test
    func `groups longer than a layer's inputs are one group`() throws {
        let checkpoint = try Self.open("gptq", #"{"quant_method":"gptq","group_size":128}"#) { file in
            Damage(method: "", tensor: "scales", shape: [1, 16], dtype: "F16", words: []).apply(to: &file)
            Damage(method: "", tensor: "qzeros", shape: [1, 2], words: []).apply(to: &file)
            Damage(method: "", tensor: "g_idx", shape: [64], words: []).apply(to: &file)
        }
        #expect(checkpoint.tensors["a.weight"]?.integers?.group == 64)
    }

    @Test(arguments: [
        ("awq", #"{"quant_method":"awq","zero_point":false}"#),
        ("gptq", #"{"quant_method":"gptq","sym":true}"#),
    ])
    func `zero points may be left out where they are said to be in the middle`(
        method: String, configuration: String
    ) throws {
        let tensor = try #require(
            try Self.open(method, configuration) { file in
                file.tensors.removeAll { $0.name == "a.qzeros" }
                Damage(method: "", tensor: "scales", shape: [2, 16], dtype: "F32", words: []).apply(to: &file)
                file.tensors[file.tensors.count - 1].bytes = LittleEndian.bytes(
                    [Float](repeating: 2, count: 32))
            }.tensors["a.weight"])
        #expect(tensor.floats() == [Float](repeating: -16, count: 16 * 64))
    }

    @Test
    func `tensors of bitsandbytes are refused without a configuration too`() throws {
        for name in ["a.weight.quant_state.bitsandbytes__nf4", "a.SCB"] {
            var file = SafetensorsBuilder()
            file.add(name, [4], dtype: "U8", [0, 0, 0, 0])
            let error = try WeightFolders.error(file.build(), as: "model.safetensors")
            #expect(error.code == .unsupported)
            #expect(error.message.contains("bitsandbytes") && error.message.contains("--dtype w4"))
        }
    }
}
