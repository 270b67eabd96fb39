import Checkpoints
import Layers
import Tensors
import TestSupport
import Testing

@Suite struct ParameterLoaderTests {
    /// Writes the tensors as a model folder and hands out a loader for it.
    private func withLoader(
        _ tensors: [TinyTensor], storage: TinyStorage = .f32, override: WeightFormat.Storage? = nil,
        _ body: (ParameterLoader) throws -> Void
    ) throws {
        let golden = try TinyModelGolden("llama-mha")
        let spec = TinyModelSpec(name: "loader", configJSON: golden.spec.configJSON, tensors: tensors)
        try withTemporaryFolder { folder in
            try TinyCheckpoint.write(spec, to: folder, storage: storage)
            let checkpoint = try Checkpoint.open(folder)
            let pool = try WorkerPool(threads: 2)
            try body(
                ParameterLoader(checkpoint: checkpoint, policy: FormatPolicy(override: override), pool: pool))
        }
    }

    private func tensor(_ name: String, _ shape: [Int]) -> TinyTensor {
        TinyTensor(name, shape, scale: 1)
    }

    @Test func partsOfAFusedMatrixFollowEachOtherAcrossPanels() throws {
        let parts = [
            tensor("a.weight", [40, 24]), tensor("b.weight", [7, 24]), tensor("c.weight", [33, 24]),
        ]
        try withLoader(parts) { loader in
            let linear = try loader.linear(["a", "b", "c"], outputs: [40, 7, 33], inputs: 24)
            try loader.finish()
            var values = [Float](repeating: 0, count: 80 * 24)
            values.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { linear.weight.readFloats(rows: 0..<80, into: base) }
            }
            #expect(values == parts.flatMap(\.values))
        }
    }

    @Test func aMissingTensorIsNamed() throws {
        try withLoader([tensor("a.weight", [4, 8])]) { loader in
            #expect(throws: LoadError.missingTensor("b.weight", architecture: "LlamaForCausalLM")) {
                try loader.linear(["b"], outputs: [4], inputs: 8)
            }
            #expect(throws: LoadError.missingTensor("a.bias", architecture: "LlamaForCausalLM")) {
                try loader.linear(["a"], outputs: [4], inputs: 8, bias: true)
            }
        }
    }

    @Test func aWrongShapeIsNamedWithBothShapes() throws {
        try withLoader([tensor("a.weight", [4, 8])]) { loader in
            #expect(throws: LoadError.shape(tensor: "a.weight", found: [4, 8], expected: [8, 4])) {
                try loader.linear(["a"], outputs: [8], inputs: 4)
            }
        }
    }

    @Test func tensorsThatNothingAskedForAreNamed() throws {
        let tensors = [
            tensor("a", [4]), tensor("extra.weight", [2, 2]),
            tensor("model.layers.0.self_attn.rotary_emb.inv_freq", [4]),
        ]
        try withLoader(tensors) { loader in
            _ = try loader.vector("a", count: 4)
            #expect(throws: LoadError.unusedTensors(["extra.weight"], architecture: "LlamaForCausalLM")) {
                try loader.finish()
            }
            loader.ignore("extra.weight")
            try loader.finish()
        }
    }

    @Test(arguments: WeightFormat.Storage.allCases)
    func everyOverrideHoldsTheMatrixWithinItsRounding(storage: WeightFormat.Storage) throws {
        let matrix = tensor("a.weight", [50, 64])
        try withLoader([matrix], override: storage) { loader in
            let linear = try loader.linear(["a"], outputs: [50], inputs: 64)
            #expect(linear.weight.format.storage == storage)
            var values = [Float](repeating: 0, count: 50 * 64)
            values.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { linear.weight.readFloats(rows: 0..<50, into: base) }
            }
            let largest = zip(values, matrix.values).map { abs($0 - $1) }.max() ?? .infinity
            // Values lie in -1...1: half a step of the format.
            let budgets: [WeightFormat.Storage: Float] = [
                .fp32: 0, .fp16: 0x1p-11, .bf16: 0x1p-8, .w8: 0.5 / 127 + 1e-3, .w4: 1.0 / 15 + 2e-3,
            ]
            #expect(largest <= budgets[storage] ?? 0)
        }
    }

    @Test func valuesThatAreNotFiniteAreRefusedWithTensorAndRow() throws {
        var damaged = tensor("a.weight", [6, 8])
        damaged.scale = .infinity
        try withLoader([damaged]) { loader in
            #expect(throws: LoadError.notFinite(tensor: "a.weight", row: 0)) {
                try loader.linear(["a"], outputs: [6], inputs: 8)
            }
        }
    }
}
