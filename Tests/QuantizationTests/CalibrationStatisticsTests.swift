import Checkpoints
import ModelTestSupport
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Statistics of calibration")
struct CalibrationStatisticsTests {
    private static let tokens: [[Int32]] = [
        [3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6],
    ]

    @Test("the first layer's inputs are the norm of the embeddings, whatever the threads", arguments: [1, 3])
    func firstInputs(threads: Int) throws {
        let folder = try TemporaryFolder()
        let statistics = try Self.calibrate(folder, "llama", threads: threads)
        let checkpoint = try Checkpoint.open(folder.path + "/source")
        let norm = try Self.floats("model.layers.0.input_layernorm.weight", checkpoint)
        let table = try Self.floats("model.embed_tokens.weight", checkpoint)
        let rows = Self.tokens.joined().map { token -> [Double] in
            let x = table[Int(token) * norm.count..<(Int(token) + 1) * norm.count].map(Double.init)
            let factor = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + 1e-5).squareRoot()
            return zip(x, norm).map { $0 * factor * Double($1) }
        }
        for name in ["q_proj", "k_proj", "v_proj"] {
            let linear = try #require(
                statistics.linears.first { $0.name == "model.layers.0.self_attn." + name })
            for channel in norm.indices {
                let column = rows.map { $0[channel] }
                let mean = column.reduce(0, +) / Double(column.count)
                let absoluteMean = column.reduce(0) { $0 + abs($1) } / Double(column.count)
                for (found, expected) in [
                    (linear.inputs.maximum[channel], column.max() ?? 0),
                    (linear.inputs.minimum[channel], column.min() ?? 0),
                    (linear.inputs.mean[channel], mean), (linear.inputs.absoluteMean[channel], absoluteMean),
                    (linear.inputs.absoluteMaximum[channel], column.map { abs($0) }.max() ?? 0),
                ] {
                    #expect(abs(Double(found) - expected) < 1e-5, "\(name) \(channel)")
                }
            }
        }
    }

    @Test("values of the cache are the outputs of the value projection")
    func values() throws {
        let folder = try TemporaryFolder()
        let statistics = try Self.calibrate(folder, "qwen2")
        #expect(statistics.linears.count == 14)
        #expect(statistics.keys.count == 2 && statistics.values.count == 2)
        for (layer, values) in statistics.values.enumerated() {
            let linear = try #require(
                statistics.linears.first { $0.name == "model.layers.\(layer).self_attn.v_proj" })
            #expect(values == linear.outputs)
        }
        // Rotation keeps the lengths of pairs, and moves the extremes of channels.
        #expect(statistics.keys[0] != statistics.linears[1].outputs)
    }

    @Test("files hold what the KV parameters are made of", arguments: [false, true])
    func parameters(isSymmetric: Bool) throws {
        let folder = try TemporaryFolder()
        let statistics = try Self.calibrate(folder, "llama")
        try statistics.write(to: folder.path + "/stats")
        #expect(
            FileSystem.entries(of: folder.path + "/stats").sorted()
                == CalibrationStatistics.fileNames.sorted())
        let parameters = try KVParameters(
            statistics: folder.path + "/stats", isSymmetric: isSymmetric, ranks: 2)
        #expect(parameters.layers.count == 2)
        for (layer, ranks) in parameters.layers.enumerated() {
            for (rank, scales) in ranks.enumerated() {
                for (figures, scale, zero) in [
                    (statistics.keys[layer], scales.keyScale, scales.keyZero),
                    (statistics.values[layer], scales.valueScale, scales.valueZero),
                ] {
                    let share = figures.maximum.count / 2
                    let own = rank * share..<(rank + 1) * share
                    let high = try #require(figures.maximum[own].max())
                    let low = try #require(figures.minimum[own].min())
                    #expect(scale == (isSymmetric ? max(abs(low), abs(high)) / 127 : (high - low) / 255))
                    #expect(zero == (isSymmetric ? 0 : (low + high) / 2))
                }
            }
        }
    }

    @Test("a quantised model may join the statistics in their folder, and they stay")
    func sharedFolder() throws {
        let folder = try TemporaryFolder()
        let target = folder.path + "/target"
        try Self.calibrate(folder, "llama").write(to: target)
        let quantizer = try ModelQuantizer(
            checkpoint: try Checkpoint.open(folder.path + "/source"),
            options: QuantizationOptions(method: .rtn, group: 32),
            samples: try CalibrationSamples(tokens: Self.tokens, source: "test"), folder: target,
            kernels: try #require(Kernels(.best)), pool: try WorkerPool(threads: 2))
        _ = try quantizer.run { _ in }
        let entries = Set(FileSystem.entries(of: target))
        #expect(
            entries.isSuperset(of: CalibrationStatistics.fileNames + ["model.safetensors", "config.json"]))
        #expect(FileSystem.kind(of: quantizer.partialFolder) == .missing)
    }

    @Test("statistics that are missing, cut off or of another kind are named")
    func damage() throws {
        let folder = try TemporaryFolder()
        let stats = folder.path + "/stats"
        let missing = try #require(throws: QuantizationError.self) {
            try KVParameters(statistics: stats, isSymmetric: false, ranks: 1)
        }
        #expect(missing.description.contains("key_stats.pth"))
        try Self.calibrate(folder, "llama").write(to: stats)
        let three = try #require(throws: QuantizationError.self) {
            try KVParameters(statistics: stats, isSymmetric: false, ranks: 3)
        }
        #expect(three.description.contains("3 ranks cannot share"))
        let whole = try MappedFile(path: stats + "/key_stats.pth").withBytes { Array($0) }
        for count in [0, 3, whole.count / 2, whole.count - 1] {
            try folder.write(Array(whole[..<count]), to: "stats/key_stats.pth")
            let error = try #require(throws: QuantizationError.self) {
                try KVParameters(statistics: stats, isSymmetric: false, ranks: 1)
            }
            #expect(error.description.contains("key_stats.pth"))
        }
    }

    // MARK: - Internals

    private static func calibrate(
        _ folder: TemporaryFolder, _ name: String, threads: Int = 2
    ) throws -> CalibrationStatistics {
        let source = folder.path + "/source"
        try TinyCheckpoint.write(try TinySpecs.spec(name), to: source)
        return try Calibrator(
            checkpoint: try Checkpoint.open(source),
            samples: try CalibrationSamples(tokens: tokens, source: "test"),
            kernels: try #require(Kernels(.best)), pool: try WorkerPool(threads: threads)
        ).run { _, _ in }
    }

    private static func floats(_ name: String, _ checkpoint: Checkpoint) throws -> [Float] {
        let tensor = try #require(checkpoint.tensors[name])
        var values = [Float](repeating: 0, count: tensor.rowCount * tensor.rowLength)
        values.withUnsafeMutableBufferPointer { tensor.readFloats(rows: 0..<tensor.rowCount, into: $0) }
        return values
    }
}
