import Checkpoints
import TestSupport
import Testing

/// What can be said about a GGUF file without running it.
struct GGUFSummaryTests {
    private static func summary(_ file: GGUFBuilder) throws -> GGUFSummary {
        let folder = try TemporaryFolder()
        return try GGUFSummary(path: folder.write(file.build(), to: "x.gguf"))
    }

    @Test
    func `values of every type are shown in the order of the file`() throws {
        var file = GGUFBuilder()
        let long = String(repeating: "é", count: 200)
        let values: [(GGUFBuilder.Value, String, String, Int?)] = [
            (.uint8(255), "uint8", "255", nil), (.int8(-1), "int8", "-1", nil),
            (.uint16(7), "uint16", "7", nil), (.int16(-7), "int16", "-7", nil),
            (.uint32(.max), "uint32", "4294967295", nil), (.int32(-3), "int32", "-3", nil),
            (.uint64(.max), "uint64", "18446744073709551615", nil),
            (.int64(.min), "int64", "\(Int64.min)", nil),
            (.float32(1e-5), "float32", "1e-05", nil), (.float64(0.1), "float64", "0.1", nil),
            (.bool(true), "bool", "true", nil), (.bool(false), "bool", "false", nil),
            (.string("a\nb"), "string", "'a\u{FFFD}b'", nil),
            (.string(long), "string", "'" + String(repeating: "é", count: 80) + "…'", nil),
            (.strings(["x", "y"]), "array of string", "['x', 'y']", 2),
            (.int32s(Array(0..<9)), "array of int32", "[0, 1, 2, 3, 4, 5, …]", 9),
            (.float32s([]), "array of float32", "[]", 0),
            (
                .nested([Array(1...8), [9]]), "array of array",
                "[[1, 2, 3, 4, 5, 6, …], [9]]", 2
            ),
            (.raw(type: 8, bytes: [2, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x41]), "string", "'\u{FFFD}A'", nil),
        ]
        for (index, (value, _, _, _)) in values.enumerated() {
            file.metadata.append(("key.\(values.count - index)", value))
        }
        let metadata = try Self.summary(file).metadata
        #expect(metadata.map(\.key) == (1...values.count).reversed().map { "key.\($0)" })
        for (entry, (_, type, text, count)) in zip(metadata, values) {
            #expect(entry.type == type && entry.value == text && entry.count == count)
        }
    }

    @Test
    func `files of unknown architectures and types can be looked at`() throws {
        var file = GGUFBuilder()
        file.set("general.architecture", .string("mamba"))
        file.add("a", [2, 256], type: 16, [UInt8](repeating: 0, count: 132))
        file.add("b", [3], type: 77, [1, 2, 3])
        file.add("c", [4, 8], [Float](repeating: 0, count: 32))
        let summary = try Self.summary(file)
        #expect(summary.version == 3 && summary.alignment == 32)
        #expect(summary.files.count == 1 && summary.files[0].byteCount == file.build().count)
        let tensors = summary.tensors
        #expect(tensors.map(\.name) == ["a", "b", "c"])
        #expect(tensors.map(\.type) == ["IQ2_XXS", "number 77", "F32"])
        #expect(tensors.map(\.isReadable) == [false, false, true])
        #expect(tensors.map(\.byteCount) == [132, nil, 128])
        #expect(tensors.map(\.shape) == [[2, 256], [3], [4, 8]])
        #expect(tensors[1].offset - tensors[0].offset == 160 && tensors[2].offset - tensors[1].offset == 32)
    }

    @Test
    func `the parts of a split model are listed`() throws {
        let folder = try TemporaryFolder()
        for index in 0..<2 {
            var part = GGUFBuilder()
            part.set("split.no", .uint16(UInt16(index)))
            part.set("split.count", .uint16(2))
            part.add("t\(index)", [4], [0, 1, 2, 3])
            try folder.write(part.build(), to: "m-0000\(index + 1)-of-00002.gguf")
        }
        let summary = try GGUFSummary(path: folder.path("m-00002-of-00002.gguf"))
        #expect(
            summary.files.map(\.path) == ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"].map(folder.path))
        #expect(summary.tensors.map(\.name) == ["t0", "t1"])
        #expect(summary.tensors.map(\.file) == [0, 1])
    }
}
