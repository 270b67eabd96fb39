import Checkpoints
import Tensors
import TestSupport
import Testing

/// Opening and reading a file must end in a result or a typed error, whatever its bytes are.
struct HostileGGUFTests {
    private static func error(_ bytes: [UInt8]) throws -> CheckpointError {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "x.gguf")
        return try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
    }

    @Test
    func `every prefix of a file is refused`() throws {
        let bytes = TinyFiles.gguf().build()
        let folder = try TemporaryFolder()
        for count in 0..<bytes.count {
            let path = try folder.write(Array(bytes[..<count]), to: "x.gguf")
            let error = try #require(throws: CheckpointError.self, "\(count) bytes") {
                try Checkpoint.open(path)
            }
            #expect(error.code == (1..<4 ~= count ? .malformed : .truncated))
        }
    }

    @Test
    func `a file cut inside a tensor says which bytes are missing`() throws {
        let bytes = TinyFiles.gguf().build()
        let message = try Self.error(bytes.dropLast(10)).message
        let end = bytes.count
        #expect(
            message.hasSuffix(
                "x.gguf is truncated: the tensor 'output_norm.weight' needs bytes \(end - 128)..<\(end) but "
                    + "the file has \(end - 10); download it again"
            )
        )
    }

    @Test
    func `flipped bytes never crash`() throws {
        let original = TinyFiles.gguf().build()
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 2024)
        // The header is what can go wrong; the last four tensors' values only sometimes.
        let headerBytes = original.count - 6000
        var (opened, refused) = (0, 0)
        for round in 0..<5000 {
            var bytes = original
            for _ in 0..<(1 + round % 4) {
                let position = Int.random(
                    in: 0..<(round % 8 == 0 ? bytes.count : headerBytes), using: &random)
                bytes[position] ^= UInt8.random(in: 1...255, using: &random)
            }
            let path = try folder.write(bytes, to: "x.gguf")
            do {
                let checkpoint = try Checkpoint.open(path)
                opened += 1
                _ = try? checkpoint.tokenizerSource()
                for tensor in checkpoint.tensors.values {
                    _ = tensor.floats()
                }
            } catch {
                refused += 1
            }
        }
        // Flips in text and values leave a readable file, others do not: both must have happened.
        #expect(opened > 100 && refused > 100)
    }

    @Test(arguments: [UInt64(1 << 20), 1 << 40, 1 << 61, 1 << 63, .max])
    func `counts larger than the file are refused`(count: UInt64) throws {
        var file = TinyFiles.gguf()
        file.tensorCount = count
        #expect([.truncated, .malformed].contains(try Self.error(file.build()).code))
        file = TinyFiles.gguf()
        file.metadataCount = count
        #expect([.truncated, .malformed].contains(try Self.error(file.build()).code))
        for type in [UInt32(0), 5, 8, 9, 12] {
            file = TinyFiles.gguf()
            let array = LittleEndian.bytes(type) + LittleEndian.bytes(count)
            file.set("tokenizer.ggml.merges", .raw(type: 9, bytes: array))
            #expect([.truncated, .malformed].contains(try Self.error(file.build()).code))
        }
        file = TinyFiles.gguf()
        file.set("x", .raw(type: 8, bytes: LittleEndian.bytes(count)))
        #expect([.truncated, .malformed].contains(try Self.error(file.build()).code))
    }

    @Test
    func `arrays nested without end are refused`() throws {
        var file = TinyFiles.gguf()
        let level = LittleEndian.bytes(UInt32(9)) + LittleEndian.bytes(UInt64(1))
        file.set("x", .raw(type: 9, bytes: (0..<100_000).flatMap { _ in level }))
        #expect(try Self.error(file.build()).message.contains("nests arrays"))
    }

    @Test
    func `tensor descriptions that cannot be are refused`() throws {
        let broken: [(shape: [UInt64], offset: UInt64?, code: CheckpointError.Code)] = [
            ([], nil, .malformed),
            ([1, 1, 1, 1, 1], nil, .malformed),
            ([0], nil, .malformed),
            ([4, 0], nil, .malformed),
            ([1 << 63], nil, .malformed),
            ([1 << 32, 1 << 32], nil, .malformed),
            ([.max, .max], nil, .malformed),
            ([1 << 39], nil, .truncated),
            ([32], 16, .malformed),
            ([32], 1 << 20, .truncated),
            ([32], 1 << 63, .malformed),
            ([32], .max - 31, .malformed),
        ]
        for (shape, offset, code) in broken {
            var file = TinyFiles.gguf()
            file.addUnchecked("x", shape, type: 0, [UInt8](repeating: 0, count: 128), offset: offset)
            let error = try Self.error(file.build())
            #expect(error.code == code, "\(shape) at \(offset ?? 0): \(error)")
            #expect(error.message.contains("'x'"))
        }
    }

    @Test
    func `rows that are no whole blocks are refused`() throws {
        var file = TinyFiles.gguf()
        file.add("x", [2, 48], type: 3, [UInt8](repeating: 0, count: 200))
        #expect(try Self.error(file.build()).message.contains("rows of 48 values, expected a multiple of 32"))
    }

    @Test
    func `repeated names are refused`() throws {
        var file = TinyFiles.gguf()
        file.add("output_norm.weight", [32], [Float](repeating: 0, count: 32))
        #expect(try Self.error(file.build()).message.contains("'output_norm.weight' appears twice"))
        file = TinyFiles.gguf()
        file.add("model.norm.weight", [32], [Float](repeating: 0, count: 32))
        #expect(try Self.error(file.build()).message.contains("two tensors mean 'model.norm.weight'"))
        file = TinyFiles.gguf()
        file.metadata.append(("llama.block_count", .uint32(2)))
        #expect(try Self.error(file.build()).message.contains("'llama.block_count' appears twice"))
    }

    @Test
    func `names from a file cannot break out of an error's line`() throws {
        var file = TinyFiles.gguf()
        let name = "evil\n\u{1B}[31m\u{202E}" + String(repeating: "x", count: 1000)
        file.add(name, [32], type: 14, [])
        let message = try Self.error(file.build()).message
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
        #expect(message.count < 500)
    }

    @Test
    func `files that are no models are refused with what to give instead`() throws {
        let folder = try TemporaryFolder()
        let cases: [(path: String, code: CheckpointError.Code, words: String)] = [
            (folder.path("nothing.gguf"), .missingFile, "no model at"),
            (try folder.write("", to: "empty.gguf"), .truncated, "is empty (0 bytes)"),
            (try folder.write("PK\u{3}\u{4}", to: "x.zip"), .malformed, "starts with 50 4b 03 04"),
            (try folder.write("        {}", to: "x.safetensors"), .unsupported, "give the folder"),
            ("/dev/null", .unreadable, "cannot be read as a file or a folder"),
            (folder.path("nothing.gguf/inside"), .missingFile, "no model at"),
        ]
        for (path, code, words) in cases {
            let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
            #expect(error.code == code)
            #expect(error.message.contains(words) && error.message.contains(path))
        }
    }
}
