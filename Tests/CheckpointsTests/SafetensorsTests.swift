import Checkpoints
import Tensors
import TestSupport
import Testing

struct SafetensorsTests {
    private static func error(_ weights: [UInt8]) throws -> CheckpointError {
        let folder = try TinyFiles.folder(weights: weights)
        return try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
    }

    @Test
    func `tensors of every float type are read`() throws {
        let file = TinyFiles.safetensors()
        let folder = try TinyFiles.folder(weights: file.build())
        let checkpoint = try Checkpoint.open(folder.path)
        let types: [String: DType] = ["F32": .float32, "F16": .float16, "BF16": .bfloat16]
        #expect(checkpoint.tensors.count == file.tensors.count)
        for stored in file.tensors {
            let tensor = try #require(checkpoint.tensors[stored.name])
            let dtype = try #require(types[stored.dtype])
            #expect(tensor.dtype == dtype)
            #expect(tensor.shape == stored.shape)
            #expect(tensor.byteCount == stored.bytes.count)
            #expect(bits(tensor.floats()) == bits(BlockReference.decode(stored.bytes, dtype)))
        }
    }

    @Test
    func `a header padded with spaces and a scalar are valid`() throws {
        let header = #"{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   "#
        let folder = try TinyFiles.folder(
            weights: SafetensorsBuilder.file(header: header, data: LittleEndian.bytes([Float(1.5)]))
        )
        let tensor = try #require(try Checkpoint.open(folder.path).tensors["x"])
        #expect(tensor.shape == [])
        #expect(tensor.floats() == [1.5])
    }

    @Test
    func `every prefix of a file is refused`() throws {
        let bytes = TinyFiles.safetensors().build()
        let folder = try TinyFiles.folder()
        for count in 0..<bytes.count {
            try folder.write(Array(bytes[..<count]), to: "model.safetensors")
            let error = try #require(throws: CheckpointError.self, "\(count) bytes") {
                try Checkpoint.open(folder.path)
            }
            #expect(error.code == .truncated)
        }
    }

    @Test
    func `a file cut inside a tensor says which bytes are missing`() throws {
        let bytes = TinyFiles.safetensors().build()
        let message = try Self.error(bytes.dropLast(10)).message
        let end = bytes.count
        #expect(
            message.hasSuffix(
                "model.safetensors is truncated: the tensor 'lm_head.weight' needs bytes "
                    + "\(end - 384)..<\(end) but the file has \(end - 10); download it again"
            )
        )
    }

    @Test
    func `flipped bytes never crash`() throws {
        let original = TinyFiles.safetensors().build()
        let folder = try TinyFiles.folder()
        var random = SeededGenerator(seed: 2025)
        let headerBytes = original.count - (6 * 32 * 4 + 64 + 6 * 32 * 2)
        var (opened, refused) = (0, 0)
        for round in 0..<2000 {
            var bytes = original
            let limit = round % 8 == 0 ? bytes.count : headerBytes
            for _ in 0..<(1 + round % 3) {
                bytes[Int.random(in: 0..<limit, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try folder.write(bytes, to: "model.safetensors")
            do {
                for tensor in try Checkpoint.open(folder.path).tensors.values {
                    _ = tensor.floats()
                }
                opened += 1
            } catch {
                refused += 1
            }
        }
        #expect(opened > 100 && refused > 100)
    }

    @Test(arguments: [
        (#""F4","shape":[16],"data_offsets":[0,8]"#, CheckpointError.Code.unsupported, "'F4'"),
        (#""F6_E2M3","shape":[8],"data_offsets":[0,6]"#, .unsupported, "'F6_E2M3'"),
        (#""C64","shape":[1],"data_offsets":[0,8]"#, .unsupported, "'C64'"),
        (#""I64","shape":[1],"data_offsets":[0,8]"#, .unsupported, "'x' has the type int64"),
        (#"7,"shape":[2],"data_offsets":[0,8]"#, .invalidField, "'dtype'"),
        (#""F32","data_offsets":[0,8]"#, .missingField, "'shape'"),
        (#""F32","shape":2,"data_offsets":[0,8]"#, .invalidField, "'shape'"),
        (#""F32","shape":[2.5],"data_offsets":[0,8]"#, .invalidField, "'shape'"),
        (#""F32","shape":[-2],"data_offsets":[0,8]"#, .invalidField, "'shape'"),
        (#""F32","shape":[0],"data_offsets":[0,8]"#, .invalidField, "'data_offsets'"),
        (#""F32","shape":[0,1099511627777],"data_offsets":[0,0]"#, .invalidField, "'shape'"),
        (
            #""F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]"#, .invalidField,
            "'shape'"
        ),
        (#""F32","shape":[4294967296,4294967296],"data_offsets":[0,8]"#, .invalidField, "'shape'"),
        (#""F32","shape":[9223372036854775807,2],"data_offsets":[0,8]"#, .invalidField, "'shape'"),
        (#""F32","shape":[2]"#, .missingField, "'data_offsets'"),
        (#""F32","shape":[2],"data_offsets":[8]"#, .invalidField, "'data_offsets'"),
        (#""F32","shape":[2],"data_offsets":[8,0]"#, .invalidField, "'data_offsets'"),
        (#""F32","shape":[2],"data_offsets":[0,4]"#, .invalidField, "'data_offsets'"),
        (
            #""F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807]"#, .invalidField,
            "'data_offsets'"
        ),
        (#""F32","shape":[2],"data_offsets":[4,12]"#, .truncated, "needs bytes"),
        (#""F32","shape":[1],"data_offsets":[0,4]"#, .malformed, "4 bytes at the end"),
        (#""F32","shape":[1],"data_offsets":[4,8]"#, .malformed, "leaves a gap"),
    ])
    func `tensor descriptions that cannot be are refused`(
        fields: String,
        code: CheckpointError.Code,
        words: String
    ) throws {
        let header = #"{"x":{"dtype":\#(fields)}}"#
        let error = try Self.error(
            SafetensorsBuilder.file(header: header, data: [UInt8](repeating: 0, count: 8)))
        #expect(error.code == code)
        #expect(error.message.contains(words))
        #expect(error.message.contains("model.safetensors"))
    }

    @Test
    func `repeated names and overlapping tensors are refused`() throws {
        let one = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
        let data = LittleEndian.bytes([Float(1)])
        for repeated in [#"{"x":\#(one),"x":\#(one)}"#, #"{"x":\#(one),"\u0078":\#(one)}"#] {
            let error = try Self.error(SafetensorsBuilder.file(header: repeated, data: data))
            #expect(error.code == .malformed)
            #expect(error.message.contains("'x' twice in one object"))
        }
        let overlapping = SafetensorsBuilder.file(header: #"{"x":\#(one),"y":\#(one)}"#, data: data)
        #expect(try Self.error(overlapping).message.contains("overlaps"))
    }

    @Test(arguments: [UInt64(100_000_001), 1 << 40, 1 << 63, .max])
    func `header lengths that cannot be are refused`(length: UInt64) throws {
        let error = try Self.error(LittleEndian.bytes(length) + Array("{}".utf8))
        #expect(error.code == .malformed)
        #expect(error.message.contains("the header's length is \(length)"))
    }

    // MARK: - Sharded weights

    private static func shards(_ index: String? = nil) throws -> TemporaryFolder {
        let folder = try TinyFiles.folder(weights: nil)
        for (shard, name) in [("a", "x"), ("b", "y")] {
            var file = SafetensorsBuilder()
            file.add(name, [2], [1, 2])
            try folder.write(file.build(), to: shard + ".safetensors")
        }
        let map = index ?? #"{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}"#
        try folder.write(map, to: "model.safetensors.index.json")
        return folder
    }

    @Test
    func `sharded weights are read through their index`() throws {
        let folder = try Self.shards()
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.tensors.keys.sorted() == ["x", "y"])
        #expect(checkpoint.tensors["y"]?.floats() == [1, 2])
    }

    @Test(arguments: [
        (
            #"{"weight_map":{"x":"a.safetensors","y":"c.safetensors"}}"#, CheckpointError.Code.missingFile,
            "'c.safetensors'"
        ),
        (#"{"weight_map":{"x":"a.safetensors","z":"b.safetensors"}}"#, .malformed, "no tensor 'z'"),
        (#"{"weight_map":{"x":"../a.safetensors"}}"#, .invalidField, "a file in the same folder"),
        (#"{"weight_map":{"x":"/etc/passwd"}}"#, .invalidField, "a file in the same folder"),
        (#"{"weight_map":{"x":""}}"#, .invalidField, "a file in the same folder"),
        (#"{"weight_map":{"x":1}}"#, .invalidField, "a file in the same folder"),
        (#"{"weight_map":[]}"#, .invalidField, "'weight_map'"),
        (#"{}"#, .missingField, "'weight_map'"),
        (#"{"weight_map":"#, .malformed, "not valid JSON"),
    ])
    func `a broken index is refused`(index: String, code: CheckpointError.Code, words: String) throws {
        let folder = try Self.shards(index)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        #expect(error.code == code)
        #expect(error.message.contains(words))
    }

    @Test
    func `a tensor in two shards is refused unless both hold the same`() throws {
        let folder = try Self.shards()
        for (value, isSame) in [(Float(2), true), (3, false)] {
            var file = SafetensorsBuilder()
            file.add("x", [2], [1, value])
            file.add("y", [2], [1, 2])
            try folder.write(file.build(), to: "b.safetensors")
            if isSame {
                #expect(try Checkpoint.open(folder.path).tensors["x"]?.floats() == [1, 2])
                continue
            }
            let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
            #expect(error.message.contains("'x' is in \(folder.path)/a.safetensors as well"))
        }
    }
}
