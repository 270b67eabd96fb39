import Checkpoints
import Tensors
import TestSupport
import Testing

/// `past_kv_scale` files of a workspace.
struct CacheScaleFileTests {
    private static func write(_ values: [Float], layer: Int, rank: Int = 0, _ folder: TemporaryFolder) throws
    {
        try folder.write(
            LittleEndian.bytes(values),
            to: "triton_models/weights/layers.\(layer).past_kv_scale.\(rank).weight")
    }

    private static func files(_ folder: TemporaryFolder) throws -> CacheScaleFiles {
        try #require(try Checkpoint.open(folder.path).workspace).cacheScales
    }

    @Test
    func `both forms are read`() throws {
        let folder = try TinyWorkspace.folder()
        #expect(try !Self.files(folder).exist)
        try Self.write([0.5, 1, 0.25, -2], layer: 0, folder)
        try Self.write([0.125, 0.0625], layer: 1, folder)
        let files = try Self.files(folder)
        #expect(files.exist)
        #expect(
            try files.read(layers: 2, ranks: 1) == [
                KVCacheScales(keyScale: 0.5, keyZero: 1, valueScale: 0.25, valueZero: -2),
                KVCacheScales(keyScale: 0.125, keyZero: 0, valueScale: 0.0625, valueZero: 0),
            ])
    }

    @Test
    func `scales of several ranks are joined to such that hold all values`() throws {
        let folder = try TinyWorkspace.folder()
        try Self.write([1, 0, 2, 10], layer: 0, rank: 0, folder)
        try Self.write([1, 100, 2, 10], layer: 0, rank: 1, folder)
        let joined = try Self.files(folder).read(layers: 1, ranks: 2)[0]
        // Keys reach from -127.5 to 227.5 together; values are the same in both.
        #expect(abs(joined.keyScale - 355.0 / 255) < 1e-5 && abs(joined.keyZero - 50) < 1e-4)
        #expect(joined.valueScale == 2 && joined.valueZero == 10)
    }

    @Test
    func `files that are missing or damaged are named`() throws {
        let folder = try TinyWorkspace.folder()
        try Self.write([1, 0, 1, 0], layer: 0, folder)
        func message() throws -> String {
            let files = try Self.files(folder)
            return try #require(throws: CheckpointError.self) { try files.read(layers: 2, ranks: 1) }.message
        }
        #expect(try message().contains("layers.1.past_kv_scale.0.weight is missing"))
        for values in [[], [1], [1, 2, 3], [1, 2, 3, 4, 5]] as [[Float]] {
            try Self.write(values, layer: 1, folder)
            #expect(try message().contains("has \(values.count * 4) bytes, expected 16"))
        }
        try Self.write([1, .nan, 1, 1], layer: 1, folder)
        #expect(try message().contains("expected finite numbers"))
    }
}
