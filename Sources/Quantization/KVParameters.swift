internal import Checkpoints

/// Scales of a static int8 KV cache, from what `lite calibrate` saw.
package struct KVParameters: Sendable, Equatable {
    /// Of one layer and tensor-parallel rank.
    package struct Scales: Sendable, Equatable {
        package var keyScale: Float
        package var keyZero: Float
        package var valueScale: Float
        package var valueZero: Float
    }

    package let isSymmetric: Bool
    /// [layers][ranks]
    package let layers: [[Scales]]

    /// Reads the statistics in a folder.
    /// - Parameter ranks: between which the key-value heads are divided.
    package init(statistics folder: String, isSymmetric: Bool, ranks: Int) throws(QuantizationError) {
        self.isSymmetric = isSymmetric
        let keys = try Self.ranges(folder + "/" + CalibrationStatistics.keyFile, ranks)
        let values = try Self.ranges(folder + "/" + CalibrationStatistics.valueFile, ranks)
        guard keys.count == values.count else {
            throw .file(
                path: folder,
                reason:
                    "has statistics of the keys of \(keys.count) layers and of the values of \(values.count): "
                    + "calibrate the model again")
        }
        layers = zip(keys, values).map { keys, values in
            zip(keys, values).map { key, value in
                let (key, value) = (key.parameters(isSymmetric), value.parameters(isSymmetric))
                return Scales(
                    keyScale: key.scale, keyZero: key.zero, valueScale: value.scale, valueZero: value.zero)
            }
        }
    }

    /// Writes `layers.LAYER.past_kv_scale.RANK.weight` of all layers.
    package func write(to folder: String) throws(QuantizationError) {
        for (layer, ranks) in layers.enumerated() {
            for (rank, scales) in ranks.enumerated() {
                let values =
                    isSymmetric
                    ? [scales.keyScale, scales.valueScale]
                    : [scales.keyScale, scales.keyZero, scales.valueScale, scales.valueZero]
                let path = "\(folder)/layers.\(layer).past_kv_scale.\(rank).weight"
                let file = try OutputFile(path: path + ".part")
                var bytes: [UInt8] = []
                for value in values {
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
                }
                try file.write(bytes)
                try file.finish()
                try Folder.rename(path + ".part", to: path)
            }
        }
    }

    // MARK: - Internals

    private struct Span {
        let low: Float
        let high: Float

        /// 255 steps between the ends; where both are the same, small ones.
        func parameters(_ isSymmetric: Bool) -> (scale: Float, zero: Float) {
            if isSymmetric { return (max(max(abs(low), abs(high)) / 127, Self.smallestScale), 0) }
            return (max((high - low) / 255, Self.smallestScale), (low + high) / 2)
        }

        /// The smallest number that fp16 holds with all its bits.
        private static let smallestScale: Float = 0x1p-14
    }

    /// [layers][ranks]
    private static func ranges(_ path: String, _ ranks: Int) throws(QuantizationError) -> [[Span]] {
        let tensors: [String: [Float]]
        do {
            tensors = try TorchStatistics.read(path)
        } catch {
            throw .file(path: path, reason: "\(error)")
        }
        var layers: [[Span]] = []
        while let high = tensors["max/model.layers.\(layers.count)"],
            let low = tensors["min/model.layers.\(layers.count)"]
        {
            guard !high.isEmpty, high.count == low.count, (high + low).allSatisfy(\.isFinite) else {
                throw .file(
                    path: path,
                    reason: "layer \(layers.count) has no finite figures: calibrate the model again")
            }
            guard high.count % ranks == 0 else {
                throw .file(
                    path: path,
                    reason:
                        "has \(high.count) channels in layer \(layers.count), which \(ranks) ranks cannot share"
                )
            }
            let share = high.count / ranks
            layers.append(
                (0..<ranks).map { rank in
                    let own = rank * share..<(rank + 1) * share
                    return Span(low: low[own].min() ?? 0, high: high[own].max() ?? 0)
                })
        }
        guard !layers.isEmpty else {
            throw .file(
                path: path,
                reason: "has no figures of model.layers.0: write them with lmdeploy lite calibrate")
        }
        return layers
    }
}
