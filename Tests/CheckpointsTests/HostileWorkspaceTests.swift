import Checkpoints
import Tensors
import TestSupport
import Testing

/// Damaged files of packed weights end in a typed error, never in a crash.
struct HostileWorkspaceTests {
    private static func error(
        _ change: (inout [UInt8]) -> Void
    ) throws -> CheckpointError {
        let folder = try TinyWorkspace.folder()
        var bytes = try folder.read(TinyWorkspace.packed)
        change(&bytes)
        try folder.write(bytes, to: TinyWorkspace.packed)
        return try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
    }

    /// Replaces a text in the table by another one, and corrects the table's size.
    private static func replace(_ text: String, by other: String, in bytes: inout [UInt8]) {
        let start = Int(number(bytes, at: 16))
        let table = String(decoding: bytes[start...], as: UTF8.self)
        let changed = Array(table.replacing(text, with: other, maxReplacements: 1).utf8)
        bytes = Array(bytes[..<start]) + changed
        write(UInt64(changed.count), at: 24, in: &bytes)
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func write(_ number: some FixedWidthInteger, at offset: Int, in bytes: inout [UInt8]) {
        for (index, byte) in LittleEndian.bytes(number).enumerated() { bytes[offset + index] = byte }
    }

    @Test(arguments: [
        (#""rows":40"#, #""rows":65"#, "'a.q_proj.weight' is said to lie at byte"),
        (#""rows":40"#, #""rows":400"#, "bytes from byte 4096 on, and the weights end at"),
        (#""rows":40"#, #""rows":0"#, "rows, columns or bytes that make no sense"),
        (#""rows":40"#, #""rows":-40"#, "rows, columns or bytes that make no sense"),
        (#""rows":40"#, #""rows":9223372036854775807"#, "rows, columns or bytes that make no sense"),
        (#""rows":40"#, #""rows":268435456"#, "bytes from byte 4096 on, and the weights end at"),
        (#""rows":40"#, #""rows":40.5"#, "or has a number that does not fit"),
        (#""rows":40"#, #""rows":"40""#, "the field 'matrices[0].parts[0].rows' is no Int"),
        (#""rows":40"#, #""lines":40"#, "the field 'matrices[0].parts[0].rows' is missing"),
        (#""columns":64"#, #""columns":65"#, "has 65 columns, which w8 g32 cannot hold"),
        (#""columns":64"#, #""columns":1152921504606846976"#, "make no sense"),
        (#""group":32"#, #""group":33"#, "is held as w8 in groups of 33, expected one of fp32"),
        (#""storage":"w8""#, #""storage":"w9""#, "the field 'matrices[0].storage'"),
        (#""offset":4096"#, #""offset":4224"#, "is said to lie at byte 4224, expected 4096"),
        (#""offset":4096"#, #""offset":-4096"#, "is said to lie at byte -4096, expected 4096"),
        (#""offset":4096"#, #""offset":9223372036854775807"#, "expected 4096"),
        (#""count":64"#, #""count":65"#, "has 260 bytes from byte"),
        (#""count":64"#, #""count":0"#, "a count that makes no sense"),
        (#""count":64"#, #""count":9223372036854775807"#, "a count that makes no sense"),
        (#""count":64,"#, #""count":32,"#, "the weights end at byte"),
        ("a.k_proj", "a.q_proj", "'a.q_proj.weight' is there twice"),
        (#""rank":0"#, #""rank":1"#, "rank 1 of 1 makes no sense"),
        (#""ranks":1"#, #""ranks":0"#, "rank 0 of 0 makes no sense"),
        (#""ranks":1"#, #""ranks":65"#, "rank 0 of 65 makes no sense"),
        (#""ranks":1"#, #""ranks":2"#, "packed.1.bin is missing, one of 2 files"),
        (#""headDimension":16"#, #""headDimension":0"#, "headDimension is 0, expected 1 to"),
        (#""headDimension":16"#, #""headDimension":268435456"#, "expected far fewer"),
        (#""layerCount":2"#, #""layerCount":99999"#, "layerCount is 99999, expected 1 to"),
        (#""vocabularySize":40"#, #""vocabularySize":-1"#, "vocabularySize is -1"),
        (#""ropeTheta":50000"#, #""ropeTheta":0"#, "ropeTheta is 0.0, expected a positive number"),
        (#""ropeTheta":50000"#, #""ropeTheta":1e999"#, "the table is not valid JSON, or has a number"),
        (#""rotaryFraction":0.5"#, #""rotaryFraction":1.5"#, "rotaryFraction is 1.5, expected at most 1"),
        (#""factor":8"#, #""factor":-8"#, "ropeScaling.factor is -8.0"),
        (#""tokens":9"#, #""tokens":0"#, "slidingWindow.tokens is 0"),
        (#""eosTokenIDs":[2,7]"#, #""eosTokenIDs":[-2]"#, "eosTokenIDs is -2"),
        (#""configuration":{"#, #""configuration":[{"#, "the table is not valid JSON, or has a number"),
        (#""division":"whole""#, #""division":"half""#, "the field 'matrices[0].division'"),
    ])
    func `numbers that cannot be are refused`(text: String, other: String, expected: String) throws {
        let error = try Self.error { Self.replace(text, by: other, in: &$0) }
        #expect(error.message.contains(expected), "\(error)")
        #expect(error.message.contains("packed."))
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `other versions are refused with what to do`() throws {
        for (offset, text) in [(8, "packed layout 7.1"), (12, "packed layout 1.7")] {
            let error = try Self.error { Self.write(UInt32(7), at: offset, in: &$0) }
            #expect(error.code == .unsupported)
            #expect(
                error.message.contains(text + ", and this program reads 1.1: run `lmdeploy convert` again"))
        }
        let other = try Self.error { $0[0] = 0 }
        #expect(other.message.contains("is no file of packed weights"))
    }

    @Test(arguments: [UInt64(0), 1, 4095, 4097, 1 << 20, 1 << 40, 1 << 62, 1 << 63, .max, .max - 127])
    func `a table that lies elsewhere is refused`(number: UInt64) throws {
        for offset in [16, 24] {
            let error = try Self.error { Self.write(number, at: offset, in: &$0) }
            #expect([.malformed, .truncated].contains(error.code))
        }
    }

    @Test
    func `every prefix of the file is refused`() throws {
        let folder = try TinyWorkspace.folder()
        let bytes = try folder.read(TinyWorkspace.packed)
        for count in stride(from: 0, to: bytes.count, by: 37) {
            try folder.write(Array(bytes[..<count]), to: TinyWorkspace.packed)
            let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
            #expect(error.code == .truncated)
        }
        try folder.write(bytes + [0], to: TinyWorkspace.packed)
        #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
    }

    @Test
    func `changes anywhere are read or refused`() throws {
        let folder = try TinyWorkspace.folder()
        let original = try folder.read(TinyWorkspace.packed)
        let start = Int(Self.number(original, at: 16))
        var mutator = FileMutator(seed: 6)
        var (opened, refused) = (0, 0)
        for round in 0..<3000 {
            // The weights between header and table may have any value.
            var bytes = original
            if round % 10 == 0 {
                bytes = mutator.mutated(Array(original[..<64])) + original[64...]
            } else {
                let table = mutator.mutated(Array(original[start...]))
                bytes = original[..<start] + table
                Self.write(UInt64(table.count), at: 24, in: &bytes)
            }
            try folder.write(bytes, to: TinyWorkspace.packed)
            do {
                let workspace = try #require(try Checkpoint.open(folder.path).workspace)
                for matrix in workspace.packed.files[0].table.matrices {
                    let slice = workspace.packed.files[0].slice(of: matrix)
                    #expect(slice.byteCount > 0)
                }
                opened += 1
            } catch let error as CheckpointError {
                #expect(!error.message.contains("\n"))
                refused += 1
            }
        }
        // Names, types and source sizes may change without harm.
        #expect(opened > 30 && refused > 1000, "\(opened) \(refused)")
    }

    @Test
    func `a folder without packed weights is told from one with a part of them`() throws {
        let folder = try TinyWorkspace.folder()
        try folder.remove(TinyWorkspace.packed)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        #expect(error.code == .missingFile && error.message.contains("run `lmdeploy convert` on the model"))
    }
}
