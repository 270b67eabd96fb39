import Checkpoints
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// The same weights in the files of PyTorch and of Meta make the same model as in safetensors.
struct WeightLayoutTests {
    private static let prompt: [Int32] = [1, 2, 3, 4, 5]

    private static func logits(_ folder: TemporaryFolder) throws -> [Float] {
        try ModelHarness(path: folder.path, override: nil, isa: .best).logits(prompt)
    }

    /// The logits of the model as safetensors, and its configuration.
    private static func reference(
        _ spec: TinyModelSpec, _ storage: TinyStorage
    ) throws -> (logits: [Float], configuration: ModelConfiguration) {
        let folder = try TemporaryFolder()
        try TinyCheckpoint.write(spec, to: folder.path, storage: storage)
        return (try logits(folder), try Checkpoint.open(folder.path).configuration)
    }

    @Test(arguments: ["llama-mha", "llama3-scaled-tied", "qwen2-tied"], TinyStorage.allCases)
    func `a PyTorch file gives the logits of safetensors`(name: String, storage: TinyStorage) throws {
        let spec = try TinyModelGolden(name).spec
        let folder = try TemporaryFolder()
        try folder.write(spec.configJSON, to: "config.json")
        var file = PyTorchBuilder()
        file.add(spec.tensors, storage: storage)
        try folder.write(file.build(), to: "pytorch_model.bin")
        #expect(try Self.logits(folder) == Self.reference(spec, storage).logits)
    }

    @Test(arguments: ["llama-mha", "llama3-scaled-tied"], [1, 2])
    func `Meta's files give the logits of safetensors`(name: String, shards: Int) throws {
        let spec = try TinyModelGolden(name).spec
        let reference = try Self.reference(spec, .f32)
        let folder = try TemporaryFolder()
        try folder.write(spec.configJSON, to: "config.json")
        for shard in 0..<shards {
            var file = PyTorchBuilder()
            for tensor in spec.tensors {
                let slice = try MetaSlice(tensor, shard: shard, of: shards, reference.configuration)
                file.add(slice.name, slice.shape, slice.values)
            }
            try folder.write(file.build(), to: "consolidated.0\(shard).pth")
        }
        #expect(try Self.logits(folder) == reference.logits)
    }
}

/// What one of Meta's files holds of a tensor.
private struct MetaSlice {
    var name: String
    var shape: [Int]
    var values: [Float]

    /// Hugging Face's parts of names and Meta's; the matrices that are divided by columns.
    private static let names = [
        ("model.embed_tokens", "tok_embeddings"), ("lm_head", "output"), ("model.norm", "norm"),
        ("model.layers", "layers"), ("self_attn.q_proj", "attention.wq"),
        ("self_attn.k_proj", "attention.wk"), ("self_attn.v_proj", "attention.wv"),
        ("self_attn.o_proj", "attention.wo"), ("mlp.gate_proj", "feed_forward.w1"),
        ("mlp.down_proj", "feed_forward.w2"), ("mlp.up_proj", "feed_forward.w3"),
        ("input_layernorm", "attention_norm"), ("post_attention_layernorm", "ffn_norm"),
    ]
    private static let byColumns = ["tok_embeddings", "attention.wo", "feed_forward.w2"]

    init(_ tensor: TinyTensor, shard: Int, of shards: Int, _ configuration: ModelConfiguration) throws {
        var name = tensor.name
        for (theirs, metas) in Self.names {
            if let range = name.firstRange(of: theirs) { name.replaceSubrange(range, with: metas) }
        }
        self.name = name
        guard tensor.shape.count == 2 else {
            (shape, values) = (tensor.shape, tensor.values)
            return
        }
        let columns = tensor.shape[1]
        var rows = stride(from: 0, to: tensor.count, by: columns).map { start in
            Array(tensor.values[start..<start + columns])
        }
        if name.contains("wq") || name.contains("wk") {
            rows = Self.interleaved(rows, headDimension: configuration.headDimension)
        }
        if Self.byColumns.contains(where: name.contains) {
            let own = columns / shards
            rows = rows.map { Array($0[shard * own..<(shard + 1) * own]) }
        } else {
            let own = rows.count / shards
            rows = Array(rows[shard * own..<(shard + 1) * own])
        }
        shape = [rows.count, rows[0].count]
        values = rows.flatMap { $0 }
    }

    /// Meta's order: each pair that is turned together is two neighbours.
    private static func interleaved(_ rows: [[Float]], headDimension: Int) -> [[Float]] {
        var result = rows
        let half = headDimension / 2
        for head in stride(from: 0, to: rows.count, by: headDimension) {
            for pair in 0..<half {
                result[head + 2 * pair] = rows[head + pair]
                result[head + 2 * pair + 1] = rows[head + half + pair]
            }
        }
        return result
    }
}
