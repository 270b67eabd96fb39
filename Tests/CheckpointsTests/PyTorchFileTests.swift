import Checkpoints
import Tensors
import TestSupport
import Testing

struct PyTorchFileTests {
    private static let single = "pytorch_model.bin"

    @Test(arguments: ["protocol2", "protocol3", "protocol4", "protocol5", "wrapped"])
    func `state dicts of torch save hold the values that PyTorch reads`(name: String) throws {
        let checkpoint = try WeightFolders.open(WeightFolders.golden(name + ".bin"), as: Self.single)
        try WeightFolders.expect(checkpoint, equals: "protocol2.bin.expected.safetensors")
        #expect(checkpoint.tensors["parameter"]?.dtype == .bfloat16)
        #expect(checkpoint.tensors["F64"]?.dtype == .float64)
    }

    @Test
    func `parts are read through their index`() throws {
        let folder = try TinyFiles.folder(weights: nil)
        for (shard, name) in [("a", "x"), ("b", "y")] {
            var file = PyTorchBuilder()
            file.add(name, [2], [1, 2])
            try folder.write(file.build(), to: shard + ".bin")
        }
        let map = #"{"metadata":{"total_size":16},"weight_map":{"x":"a.bin","y":"b.bin"}}"#
        try folder.write(map, to: "pytorch_model.bin.index.json")
        #expect(try Checkpoint.open(folder.path).tensors.keys.sorted() == ["x", "y"])
        try folder.write(#"{"weight_map":{"x":"a.bin","z":"b.bin"}}"#, to: "pytorch_model.bin.index.json")
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        #expect(error.message.contains("no tensor 'z'"))
    }

    @Test(arguments: [
        ("legacy.bin", CheckpointError.Code.unsupported, "before 1.6, a bare pickle; convert it"),
        ("uneven.bin", .unsupported, "'x' has sizes [3, 2, 4] and strides [4, 12, 1]"),
        ("expanded.bin", .malformed, "'x' needs more values than its storage"),
        ("system.bin", .unsupported, ".system', which describing tensors does not need; refuses to execute"),
        ("eval.bin", .unsupported, ".eval', which describing tensors does not need; refuses to execute"),
    ])
    func `files that are more or less than tensors are refused by name`(
        name: String, code: CheckpointError.Code, words: String
    ) throws {
        let error = try WeightFolders.error(WeightFolders.golden(name))
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(error.message.contains("pytorch_model.bin"))
    }

    @Test
    func `files of other formats are refused with what to do`() throws {
        var tar = [UInt8](repeating: 0, count: 512)
        tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
        #expect(try WeightFolders.error(tar).message.contains("a tar file; convert it"))
        #expect(try WeightFolders.error([]).code == .truncated)
        let error = try WeightFolders.error(Array("version https://git-lfs".utf8))
        #expect(error.message.contains("starts with 76 65 72 73, expected 50 4b 03 04"))
    }

    // MARK: - What tensors may be

    private static func file(_ change: (inout PyTorchBuilder) -> Void) -> [UInt8] {
        var file = PyTorchBuilder()
        file.add("x", [2, 3], [1, 2, 3, 4, 5, 6])
        change(&file)
        return file.build()
    }

    /// Descriptions that do not fit the 24 bytes of the storage.
    private static let broken: [(words: String, change: @Sendable (inout PyTorchBuilder) -> Void)] = [
        ("needs more values", { $0.tensors[0].offset = 1 }),
        ("needs more values", { $0.tensors[0].offset = .max }),
        ("needs more values", { $0.tensors[0].strides = [4, 1] }),
        ("needs more values", { $0.tensors[0].strides = [.max, 1] }),
        (
            "needs more values",
            {
                $0.tensors[0].strides = [0, 0]; $0.tensors[0].shape = [1 << 20, 1 << 19]
            }
        ),
        ("more than", { $0.tensors[0].shape = [1 << 30, 1 << 30] }),
        ("more than", { $0.tensors[0].shape = [.max, .max] }),
        ("a number that is not negative", { $0.tensors[0].shape = [-2, -3] }),
        ("a number that is not negative", { $0.tensors[0].strides = [-3, 1] }),
        ("without a storage and an offset", { $0.tensors[0].offset = -1 }),
        ("sizes and 1 strides", { $0.tensors[0].strides = [1] }),
        ("its zip entry has 24 bytes", { $0.tensors[0].elementCount = 7 }),
        ("its zip entry has 24 bytes", { $0.tensors[0].elementCount = .max }),
        ("for which the zip file has no entry", { $0.tensors[0].key = "7" }),
        ("'torch.QUInt8Storage'", { $0.tensors[0].storageClass = "QUInt8Storage" }),
        ("appears twice", { $0.tensors.append($0.tensors[0]) }),
    ]

    @Test(arguments: broken.indices)
    func `tensors that do not fit their storage are refused`(index: Int) throws {
        let error = try WeightFolders.error(Self.file(Self.broken[index].change))
        #expect(error.message.contains(Self.broken[index].words), "\(error)")
    }

    @Test
    func `views of a shared storage are read where they lie`() throws {
        let file = Self.file {
            $0.tensors[0].shape = [2, 2]
            $0.tensors[0].strides = [1, 3]
            $0.tensors[0].offset = 1
            $0.tensors.append($0.tensors[0])
            $0.tensors[1].name = "y"
            $0.tensors[1].shape = [1, 6]
            $0.tensors[1].strides = [77, 1]
            $0.tensors[1].offset = 0
        }
        let tensors = try WeightFolders.open(file, as: Self.single).tensors
        #expect(tensors["x"]?.floats() == [2, 5, 3, 6])
        #expect(tensors["x"]?.floats(1..<2) == [3, 6])
        #expect(tensors["y"]?.floats() == [1, 2, 3, 4, 5, 6])
        tensors["x"]?.discard()
        #expect(tensors["x"]?.floats() == [2, 5, 3, 6])
    }

    // MARK: - Zip files

    private static func zip(_ change: (inout ZipBuilder) -> Void) -> [UInt8] {
        var file = PyTorchBuilder()
        file.add("x", [2], [1, 2])
        var zip = file.zip(pickle: file.pickle())
        change(&zip)
        return zip.build()
    }

    private static let readable: [@Sendable (inout ZipBuilder) -> Void] = [
        { _ in },
        { $0.is64Bit = true },
        { $0.comment = "a comment that ends with PK\u{5}\u{6} and more" },
        { zip in for index in zip.entries.indices { zip.entries[index].ownSize = .max } },
        { zip in
            for index in zip.entries.indices {
                (zip.entries[index].flags, zip.entries[index].ownSize) = (0x808, 0)
            }
        },
        { $0.entries.reverse() },
        { $0.entries.remove(at: 1) },
        { $0.entries.append(.init("archive/.data/serialization_id", [1])) },
    ]

    @Test(arguments: readable.indices)
    func `zip files in all forms that torch writes are read`(index: Int) throws {
        let tensors = try WeightFolders.open(Self.zip(Self.readable[index]), as: Self.single).tensors
        #expect(tensors["x"]?.floats() == [1, 2])
    }

    private static let damaged: [(words: String, change: @Sendable (inout ZipBuilder) -> Void)] = [
        ("'archive/data.pkl' is compressed (method 8)", { $0.entries[0].method = 8 }),
        ("'archive/data.pkl' is encrypted", { $0.entries[0].flags = 0x801 }),
        (
            "disagrees with the directory on 'archive/data.pkl'",
            { $0.entries[0].ownName = "archive/data.PKL" }
        ),
        ("disagrees with the directory on 'archive/data/0'", { $0.entries[2].ownSize = 4 }),
        ("disagrees with the directory on 'archive/data/0'", { $0.entries[2].ownSize = 0 }),
        ("disagrees with the directory on 'archive/data/0'", { $0.entries[2].statedSize = 4 }),
        ("where 'archive/data/0' should be", { $0.entries[2].statedOffset = 5 }),
        ("outside of the file", { $0.entries[2].statedOffset = 1 << 30 }),
        ("disagrees with the directory", { $0.entries[2].statedOffset = 0 }),
        ("'archive/version' twice", { $0.entries.append(.init("archive/version", [])) }),
        ("has 0 entries '<folder>/data.pkl'", { $0.entries[0].name = "data.pkl" }),
        ("has 2 entries '<folder>/data.pkl'", { $0.entries.append(.init("other/data.pkl", [])) }),
        ("is a TorchScript program", { $0.entries.append(.init("archive/constants.pkl", [])) }),
        ("'byteorder' is not 'little'", { $0.entries[1].bytes = Array("big".utf8) }),
        ("longer than its 3 entries", { $0.statedCount = 3 }),
        ("no directory entry", { $0.statedCount = 5 }),
        ("announces 65535 entries", { $0.statedCount = 0xFFFF }),
        ("directory outside of the file", { $0.statedDirectoryOffset = 1 << 31 }),
        ("directory outside of the file", { $0.statedDirectoryBytes = .max }),
        ("no directory entry", { $0.statedDirectoryOffset = 0 }),
        ("two end records that disagree", { ($0.is64Bit, $0.statedCount) = (true, 1) }),
    ]

    @Test(arguments: damaged.indices)
    func `zip files whose parts disagree are refused`(index: Int) throws {
        let error = try WeightFolders.error(Self.zip(Self.damaged[index].change))
        #expect(error.message.contains(Self.damaged[index].words), "\(error)")
    }

    @Test
    func `entries that share bytes are refused`() throws {
        var file = PyTorchBuilder()
        file.add("x", [2], [1, 2])
        var zip = file.zip(pickle: file.pickle())
        // A whole entry hidden in the data of another.
        var hidden = ZipBuilder()
        hidden.entries = [.init("archive/inner", [1, 2, 3])]
        let bytes = hidden.build()
        zip.entries.insert(.init("archive/outer", bytes), at: 0)
        zip.entries.append(.init("archive/inner", [1, 2, 3]))
        let header = 30 + "archive/outer".utf8.count
        zip.entries[zip.entries.count - 1].statedOffset = UInt32(header)
        #expect(try WeightFolders.error(zip.build()).message.contains("that overlap"))
    }

    @Test
    func `every prefix of a file is refused`() throws {
        let bytes = Self.zip { _ in }
        let folder = try TinyFiles.folder(weights: nil)
        for count in 0..<bytes.count {
            try folder.write(Array(bytes[..<count]), to: Self.single)
            #expect(throws: CheckpointError.self, "\(count) bytes") { try Checkpoint.open(folder.path) }
        }
    }
}
