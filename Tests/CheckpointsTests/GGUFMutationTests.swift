import Checkpoints
import TestSupport
import Testing

/// Every field of a GGUF header, changed in every way that a reader could stumble over.
struct GGUFMutationTests {
    private static let original: [UInt8] = {
        var file = TinyFiles.gguf()
        file.set("array.nested", .nested([[1, 2], [3]]))
        file.set("array.floats", .float32s([1, 2, 3]))
        file.set("split.no", .uint16(0))
        file.set("split.count", .uint16(1))
        return file.build()
    }()

    /// Where the tensors' values start: the end of the description of the last one.
    private static let headerBytes: Int = {
        let name = Array("output_norm.weight".utf8)
        let start = original.indices.last { original[$0...].starts(with: name) } ?? 0
        return start + name.count + 4 + 8 + 4 + 8
    }()

    private struct Outcome {
        var opened = 0
        var refused: [CheckpointError.Code: Int] = [:]
    }

    /// Opens a file in every way there is, and reads all of it that is accepted.
    private static func tryOut(_ bytes: [UInt8], _ folder: TemporaryFolder, _ outcome: inout Outcome) throws {
        let path = try folder.write(bytes, to: "x.gguf")
        let seconds = ResourceUse.processorSeconds { read(path, &outcome) }
        #expect(seconds < 1)
    }

    private static func read(_ path: String, _ outcome: inout Outcome) {
        do {
            _ = try GGUFSummary(path: path)
        } catch {
            check(error, path)
        }
        do {
            let checkpoint = try Checkpoint.open(path)
            for tensor in checkpoint.tensors.values { _ = tensor.floats() }
            _ = try checkpoint.tokenizerSource()
            outcome.opened += 1
        } catch {
            check(error, path)
            outcome.refused[error.code, default: 0] += 1
        }
    }

    private static func check(_ error: CheckpointError, _ path: String) {
        #expect(error.message.contains(path))
        #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        let places = [
            "metadata key", "tensor", "byte", "header", "version", "architecture", "not a GGUF file",
        ]
        #expect(places.contains { error.message.contains($0) }, "\(error)")
    }

    @Test(arguments: [UInt64(0), 1, 0x7F, 0xFF, 1 << 31, UInt64(UInt32.max), 1 << 40, 1 << 62, 1 << 63, .max])
    func `any number written anywhere into the header is read or refused`(number: UInt64) throws {
        let folder = try TemporaryFolder()
        let width = number > UInt64(UInt32.max) ? 8 : number > 0xFF ? 4 : 1
        var outcome = Outcome()
        // Steps that share no factor with the fields' sizes reach every byte of every kind of field.
        for position in stride(from: Int(number % 7), through: Self.headerBytes - width, by: 7) {
            var bytes = Self.original
            for index in 0..<width {
                bytes[position + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))
            }
            try Self.tryOut(bytes, folder, &outcome)
        }
        // Names and texts may change without harm; sizes, types and offsets may not.
        let refused = outcome.refused
        #expect(outcome.opened + refused.values.reduce(0, +) > 200)
        #expect(refused[.malformed, default: 0] > 5)
        #expect(width == 1 || refused[.truncated, default: 0] > 5)
    }

    @Test
    func `bytes removed, doubled and moved are read or refused`() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 31)
        var outcome = Outcome()
        for round in 0..<300 {
            let start = Int.random(in: 0..<Self.headerBytes, using: &random)
            let end = min(Self.headerBytes, start + Int.random(in: 1...64, using: &random))
            var bytes = Self.original
            let piece = bytes[start..<end]
            switch round % 3 {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: piece, at: end)
            default: bytes.insert(contentsOf: piece, at: Int.random(in: 0..<Self.headerBytes, using: &random))
            }
            try Self.tryOut(bytes, folder, &outcome)
        }
        #expect(outcome.refused.values.reduce(0, +) > 250)
    }
}
