import Checkpoints
import Tensors
import TestSupport
import Testing

struct ElementTypeTests {
    private static let single = "model.safetensors"

    @Test
    func `values of every float type are those of PyTorch`() throws {
        let checkpoint = try WeightFolders.open(WeightFolders.golden("types.safetensors"), as: Self.single)
        #expect(
            checkpoint.tensors.keys.sorted() == [
                "BF16", "F16", "F64", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ", "F8_E8M0",
            ])
        for (name, tensor) in checkpoint.tensors { #expect(tensor.dtype.rawValue == name) }
        try WeightFolders.expect(checkpoint, equals: "types.safetensors.expected.safetensors")
    }

    @Test(arguments: [
        #"{"quant_method":"fp8","fmt":"e4m3","activation_scheme":"dynamic","weight_block_size":[16,32]}"#,
        #"{"quant_method":"compressed-tensors","format":"float-quantized","config_groups":{"group_0":{"#
            + #""weights":{"num_bits":8,"type":"float","strategy":"block","block_structure":[16,32]}}}}"#,
    ])
    func `8-bit floats are multiplied by their scales`(quantization: String) throws {
        let checkpoint = try WeightFolders.open(
            WeightFolders.golden("scaled.safetensors"), as: Self.single,
            changing: ["quantization_config": quantization])
        try WeightFolders.expect(checkpoint, equals: "scaled.safetensors.expected.safetensors")
        let tensor = try #require(checkpoint.tensors["blocks.weight"])
        #expect(tensor.dtype == .float8E4M3)
        #expect(bits(tensor.floats(15..<18)) == bits(Array(tensor.floats()[15 * 72..<18 * 72])))
        tensor.discard()
        #expect(tensor.floats(3..<4) == Array(tensor.floats()[3 * 72..<4 * 72]))
    }

    @Test
    func `blocks of scales are 128 by 128 unless the configuration says otherwise`() throws {
        var file = SafetensorsBuilder()
        file.add("x.weight", [130, 129], dtype: "F8_E4M3", [UInt8](repeating: 0x38, count: 130 * 129))
        file.add("x.weight_scale_inv", [2, 2], [1, 2, 3, 4])
        let tensor = try #require(
            try WeightFolders.open(file.build(), as: Self.single).tensors["x.weight"])
        #expect(tensor.floats(0..<1) == [Float](repeating: 1, count: 128) + [2])
        #expect(tensor.floats(129..<130) == [Float](repeating: 3, count: 128) + [4])
    }

    @Test(arguments: [[3, 2], [2, 3], [2], [129], [2, 2, 1], [1, 130]])
    func `scales that do not fit their weight are refused`(shape: [Int]) throws {
        var file = SafetensorsBuilder()
        file.add("x.weight", [130, 129], dtype: "F8_E4M3", [UInt8](repeating: 0x38, count: 130 * 129))
        file.add("x.weight_scale", shape, [Float](repeating: 1, count: shape.reduce(1, *)))
        let error = try WeightFolders.error(file.build(), as: Self.single)
        #expect(error.code == .malformed)
        #expect(error.message.contains("'x.weight_scale' have the shape \(shape)"))
    }

    @Test(arguments: [
        (
            #"{"quant_method":"fp8","weight_block_size":[128]}"#, CheckpointError.Code.invalidField,
            "weight_block_size"
        ),
        (#"{"quant_method":"fp8","weight_block_size":[0,128]}"#, .invalidField, "weight_block_size"),
        (#"{"quant_method":"fp8","weight_block_size":"128"}"#, .invalidField, "weight_block_size"),
        (#"{"quant_method":"compressed-tensors"}"#, .missingField, "config_groups"),
    ])
    func `scales of 8-bit floats that are described wrongly are refused`(
        quantization: String, code: CheckpointError.Code, words: String
    ) throws {
        let error = try #require(throws: CheckpointError.self) {
            try WeightFolders.open(
                TinyFiles.safetensors().build(), as: Self.single,
                changing: ["quantization_config": quantization])
        }
        #expect(error.code == code)
        #expect(error.message.contains(words))
    }

    private static let integers = [
        ("BOOL", 1), ("I8", 1), ("U8", 1), ("I16", 2), ("U16", 2), ("I32", 4), ("U32", 4), ("I64", 8),
        ("U64", 8),
    ]

    @Test(arguments: integers)
    func `integers are left out where they are buffers and refused where they are parameters`(
        dtype: String, size: Int
    ) throws {
        let bytes = [UInt8](repeating: 1, count: 6 * size)
        var file = TinyFiles.safetensors()
        for name in ["model.embeddings.position_ids", "h.0.attn.bias", "h.0.attn.masked_bias"] {
            file.add(name, [2, 3], dtype: dtype, bytes)
        }
        let count = try WeightFolders.open(file.build(), as: Self.single).tensors.count
        #expect(count == TinyFiles.safetensors().tensors.count)
        file.add("model.layers.0.x.weight", [2, 3], dtype: dtype, bytes)
        let error = try WeightFolders.error(file.build(), as: Self.single)
        #expect(error.code == .unsupported)
        #expect(error.message.contains("'model.layers.0.x.weight'"))
    }

    @Test
    func `a bias of floats is a parameter whatever its name`() throws {
        var file = SafetensorsBuilder()
        file.add("h.0.attn.bias", [2], [1, 2])
        #expect(try WeightFolders.open(file.build(), as: Self.single).tensors["h.0.attn.bias"] != nil)
    }

    @Test(arguments: [[0], [0, 4], [4, 0], [1 << 39, 0]])
    func `tensors without values are left out`(shape: [Int]) throws {
        var file = SafetensorsBuilder()
        file.add("a", [2], [1, 2])
        file.add("b", shape, [])
        file.add("c", [], [3])
        let tensors = try WeightFolders.open(file.build(), as: Self.single).tensors
        #expect(tensors.keys.sorted() == ["a", "c"])
        #expect(tensors["c"]?.floats() == [3])
    }
}
