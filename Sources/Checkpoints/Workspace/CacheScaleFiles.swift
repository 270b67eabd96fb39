package import Tensors

/// Calibrated scales of a static int8 KV cache, as LMDeploy's `kv_qparams` writes them beside the weights:
/// `layers.LAYER.past_kv_scale.RANK.weight`, in fp32.
package struct CacheScaleFiles: Sendable {
    private let folder: String

    init(_ workspace: WorkspaceFolder) { folder = workspace.weights }

    /// Whether there is any such file.
    package var exist: Bool {
        FileSystem.entries(of: folder).contains { $0.hasPrefix("layers.") && $0.contains(Self.middle) }
    }

    private static let middle = ".past_kv_scale."

    /// The scales of each layer; ranks that have scales of their own get those that hold the values of all.
    /// - Parameter ranks: tensor-parallel ranks of the weights.
    package func read(layers: Int, ranks: Int) throws(CheckpointError) -> [KVCacheScales] {
        var scales: [KVCacheScales] = []
        for layer in 0..<layers {
            var ofRanks = [try read(layer: layer, rank: 0)]
            for rank in 1..<max(ranks, 1) { ofRanks.append(try read(layer: layer, rank: rank)) }
            scales.append(ofRanks.dropFirst().reduce(ofRanks[0], Self.union))
        }
        return scales
    }

    // MARK: - Internals

    private func read(layer: Int, rank: Int) throws(CheckpointError) -> KVCacheScales {
        let path = "\(folder)/layers.\(layer)\(Self.middle)\(rank).weight"
        guard FileSystem.kind(of: path) == .file else {
            throw CheckpointError(
                .missingFile,
                "\(path) is missing, and other layers or ranks have theirs: write the scales again, or remove "
                    + "the past_kv_scale files")
        }
        let file = try MappedFile.open(path)
        let count = file.byteCount / MemoryLayout<Float>.size
        guard file.byteCount == count * MemoryLayout<Float>.size, count == 2 || count == 4 else {
            throw CheckpointError(
                .malformed,
                "\(path) has \(file.byteCount) bytes, expected 16 (scale and zero point of keys and values) or 8 "
                    + "(their scales): write the scales again")
        }
        var reader = ByteReader(file)
        var values: [Float] = []
        for _ in 0..<count { values.append(Float(bitPattern: try reader.integer(UInt32.self))) }
        guard values.allSatisfy(\.isFinite) else {
            throw CheckpointError(
                .invalidField,
                "\(path) has \(values), expected finite numbers: write the scales again")
        }
        return count == 2
            ? KVCacheScales(keyScale: values[0], keyZero: 0, valueScale: values[1], valueZero: 0)
            : KVCacheScales(
                keyScale: values[0], keyZero: values[1], valueScale: values[2], valueZero: values[3])
    }

    private static func union(_ first: KVCacheScales, _ second: KVCacheScales) -> KVCacheScales {
        let keys = union((first.keyScale, first.keyZero), (second.keyScale, second.keyZero))
        let values = union((first.valueScale, first.valueZero), (second.valueScale, second.valueZero))
        return KVCacheScales(
            keyScale: keys.scale, keyZero: keys.zero, valueScale: values.scale, valueZero: values.zero)
    }

    /// 255 steps of `scale` around `zero` hold what both do.
    private static func union(
        _ first: (scale: Float, zero: Float), _ second: (scale: Float, zero: Float)
    ) -> (scale: Float, zero: Float) {
        if first == second { return first }
        let reach: Float = 127.5
        let low = min(first.zero - reach * first.scale, second.zero - reach * second.scale)
        let high = max(first.zero + reach * first.scale, second.zero + reach * second.scale)
        return ((high - low) / 255, (high + low) / 2)
    }
}
