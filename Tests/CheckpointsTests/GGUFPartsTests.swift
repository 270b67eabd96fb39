import Checkpoints
import TestSupport
import Testing

/// Models that are split into several GGUF files.
struct GGUFPartsTests {
    /// The tiny model in three files, as the reference tool splits: metadata in the first, tensors in all.
    private static func parts() -> [GGUFBuilder] {
        let whole = TinyFiles.gguf()
        return (0..<3).map { index in
            var part = index == 0 ? whole : GGUFBuilder()
            part.tensors = whole.tensors.enumerated().filter { $0.offset % 3 == index }.map(\.element)
            part.set("split.no", .uint16(UInt16(index)))
            part.set("split.count", .uint16(3))
            part.set("split.tensors.count", .int32(Int32(whole.tensors.count)))
            return part
        }
    }

    private static func write(_ parts: [GGUFBuilder?]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (index, part) in parts.enumerated() {
            if let part { try folder.write(part.build(), to: name(index)) }
        }
        return folder
    }

    private static func name(_ index: Int) -> String { "tiny-0000\(index + 1)-of-00003.gguf" }

    @Test(arguments: 0..<3)
    func `any part opens all`(index: Int) throws {
        let folder = try Self.write(Self.parts())
        let whole = try Checkpoint.open(folder.write(TinyFiles.gguf().build(), to: "whole.gguf"))
        let split = try Checkpoint.open(folder.path(Self.name(index)))
        #expect(split.configuration == whole.configuration)
        #expect(split.tensors.keys.sorted() == whole.tensors.keys.sorted())
        for (name, tensor) in whole.tensors {
            #expect(split.tensors[name].map { bits($0.floats()) } == bits(tensor.floats()))
        }
        #expect(String(describing: try split.tokenizerSource()) == "\(try whole.tokenizerSource())")
    }

    @Test
    func `a single part needs no number in its name`() throws {
        var file = TinyFiles.gguf()
        file.set("split.no", .uint16(0))
        file.set("split.count", .uint16(1))
        let folder = try TemporaryFolder()
        #expect(try Checkpoint.open(folder.write(file.build(), to: "x.gguf")).tensors.count == 7)
    }

    @Test
    func `parts that do not belong together are refused`() throws {
        typealias Change = @Sendable (inout [GGUFBuilder?]) -> Void
        let cases: [(code: CheckpointError.Code, words: String, change: Change)] = [
            (.missingFile, "tiny-00002-of-00003.gguf, part 2 of a split model, is missing", { $0[1] = nil }),
            (.invalidField, "'split.no' is 1, expected 2", { $0[2]?.set("split.no", .uint16(1)) }),
            (.invalidField, "'split.count' is 4, expected 3", { $0[1]?.set("split.count", .uint16(4)) }),
            (.missingField, "'split.count' is missing", { $0[1]?.set("split.count", nil) }),
            (.missingField, "'split.no' is missing", { $0[0]?.set("split.no", nil) }),
            (.invalidField, "'split.no' is 3, expected 0..<3", { $0[0]?.set("split.no", .uint16(3)) }),
            (.invalidField, "'split.no' is -1, expected 0..<3", { $0[0]?.set("split.no", .int32(-1)) }),
            (.invalidField, "'split.count' is 0, expected 1...", { $0[0]?.set("split.count", .uint16(0)) }),
            (
                .invalidField, "'split.count' is 4294967295, expected 1...",
                { $0[0]?.set("split.count", .uint32(.max)) }
            ),
            (
                .invalidField, "does not end in '-00001-of-65000.gguf'",
                { $0[0]?.set("split.count", .uint16(65000)) }
            ),
            (
                .invalidField, "is 6, but the 3 parts have 7 tensors",
                {
                    $0[0]?.set("split.tensors.count", .int32(6))
                }
            ),
            (
                .malformed, "'output_norm.weight' is in another part as well",
                {
                    $0[1]?.add("output_norm.weight", [32], [Float](repeating: 0, count: 32))
                }
            ),
            (
                .malformed, "tiny-00003-of-00003.gguf: the tensor '' has 0 dimensions",
                { $0[2]?.tensorCount = 9 }
            ),
        ]
        for (code, words, change) in cases {
            var parts: [GGUFBuilder?] = Self.parts()
            change(&parts)
            let folder = try Self.write(parts)
            let error = try #require(throws: CheckpointError.self, "\(words)") {
                try Checkpoint.open(folder.path(Self.name(0)))
            }
            #expect(error.code == code, "\(error)")
            #expect(error.message.contains(words), "\(error)")
        }
    }

    @Test
    func `a renamed part is refused with the name it needs`() throws {
        let folder = try Self.write(Self.parts())
        let path = try folder.write(Self.parts()[1].build(), to: "other.gguf")
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error.message.contains("other.gguf is part 2 of 3 of a split model"))
        #expect(error.message.contains("'-00002-of-00003.gguf'"))
    }
}
