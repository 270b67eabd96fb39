import Checkpoints
import Tensors
import TestSupport
import Testing

struct MetaFolderTests {
    private static let files = ["consolidated.00.pth", "consolidated.01.pth"]

    private static func folder(params: String? = nil) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for file in files { try folder.write(WeightFolders.golden("meta/" + file), to: file) }
        if let params {
            try folder.write(params, to: "params.json")
        } else {
            try folder.write(WeightFolders.golden("meta/params.json"), to: "params.json")
        }
        return folder
    }

    @Test
    func `matrices of several files are put together in Hugging Face order`() throws {
        let folder = try Self.folder()
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.kind == .meta)
        try WeightFolders.expect(checkpoint, equals: "meta.expected.safetensors")
        for (name, tensor) in checkpoint.tensors where tensor.rowCount > 4 {
            let all = tensor.floats()
            #expect(
                tensor.floats(3..<5) == Array(all[3 * tensor.rowLength..<5 * tensor.rowLength]), "\(name)")
            tensor.discard(rows: 0..<tensor.rowCount)
            tensor.discard()
            #expect(tensor.floats() == all)
        }
    }

    @Test
    func `the files are read with a Hugging Face configuration as well`() throws {
        let folder = try Self.folder()
        try folder.remove("params.json")
        let sizes = ["intermediate_size": "96", "vocab_size": "24"]
        try folder.write(TinyFiles.config(changing: sizes), to: "config.json")
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.kind == .huggingFace)
        try WeightFolders.expect(checkpoint, equals: "meta.expected.safetensors")
    }

    @Test
    func `the configuration of the golden model is read`() throws {
        let folder = try Self.folder()
        #expect(
            try Checkpoint.open(folder.path).configuration
                == ModelConfiguration(
                    architecture: "LlamaForCausalLM",
                    hiddenSize: 32,
                    intermediateSize: 96,
                    layerCount: 1,
                    attentionHeadCount: 4,
                    keyValueHeadCount: 2,
                    headDimension: 8,
                    vocabularySize: 24,
                    maximumPositions: 131_072,
                    rmsNormEpsilon: 1e-5,
                    ropeTheta: 500_000,
                    ropeScaling: .llama3(
                        factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                        originalMaximumPositions: 8192),
                    dtype: .bfloat16,
                    bosTokenID: 1,
                    eosTokenIDs: [2]
                ))
    }

    private struct Published: Sendable {
        var params: String
        /// intermediate size, key-value heads, positions, factor of the frequencies (0: none), first end token
        var expected: [Double]
    }

    /// The numbers in published files, and those in the Hugging Face configurations of the same models.
    private static let published = [
        Published(
            params:
                #"{"dim":4096,"multiple_of":256,"n_heads":32,"n_layers":32,"norm_eps":1e-06,"vocab_size":-1}"#,
            expected: [11008, 32, 2048, 0, 2]),
        Published(
            params: #"{"dim":8192,"multiple_of":4096,"ffn_dim_multiplier":1.3,"n_heads":64,"n_kv_heads":8,"#
                + #""n_layers":80,"norm_eps":1e-05,"vocab_size":-1}"#,
            expected: [28672, 8, 4096, 0, 2]),
        Published(
            params: #"{"dim":4096,"n_layers":32,"n_heads":32,"n_kv_heads":8,"vocab_size":128256,"#
                + #""ffn_dim_multiplier":1.3,"multiple_of":1024,"norm_eps":1e-05,"rope_theta":500000.0}"#,
            expected: [14336, 8, 8192, 0, 128001]),
        Published(
            params: #"{"dim":4096,"n_layers":32,"n_heads":32,"n_kv_heads":8,"vocab_size":128256,"#
                + #""ffn_dim_multiplier":1.3,"multiple_of":1024,"norm_eps":1e-05,"rope_theta":500000.0,"#
                + #""use_scaled_rope":true}"#,
            expected: [14336, 8, 131_072, 8, 128001]),
        Published(
            params: #"{"dim":2048,"n_layers":16,"n_heads":32,"n_kv_heads":8,"vocab_size":128256,"#
                + #""ffn_dim_multiplier":1.5,"multiple_of":256,"norm_eps":1e-05,"rope_theta":500000.0,"#
                + #""use_scaled_rope":true}"#,
            expected: [8192, 8, 131_072, 32, 128001]),
        Published(
            params: #"{"dim":3072,"n_layers":28,"n_heads":24,"n_kv_heads":8,"vocab_size":128256,"#
                + #""ffn_dim_multiplier":1.0,"multiple_of":256,"norm_eps":1e-05,"rope_theta":500000.0,"#
                + #""use_scaled_rope":true}"#,
            expected: [8192, 8, 131_072, 32, 128001]),
        Published(
            params: #"{"dim":4096,"n_layers":32,"n_heads":32,"multiple_of":256,"norm_eps":1e-05,"#
                + #""rope_theta":1000000,"vocab_size":-1}"#,
            expected: [11008, 32, 16384, 0, 2]),
    ]

    @Test(arguments: published.indices)
    func `configurations of published models mean what their conversions say`(index: Int) throws {
        let folder = try Self.folder(params: Self.published[index].params)
        let configuration = try Checkpoint.open(folder.path).configuration
        var factor = 0.0
        if case .llama3(let stated, _, _, _) = configuration.ropeScaling { factor = stated }
        let found = [
            configuration.intermediateSize, configuration.keyValueHeadCount, configuration.maximumPositions,
            Int(factor), Int(try #require(configuration.eosTokenIDs.first)),
        ]
        #expect(found.map(Double.init) == Self.published[index].expected)
    }

    @Test(arguments: [
        (#"{"n_layers":1,"n_heads":4}"#, CheckpointError.Code.missingField, "'dim'"),
        (#"{"dim":0,"n_layers":1,"n_heads":4}"#, .invalidField, "'dim'"),
        (#"{"dim":32,"n_layers":1,"n_heads":5}"#, .invalidField, "'n_heads'"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"n_kv_heads":3}"#, .invalidField, "'n_kv_heads'"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"n_kv_heads":0}"#, .invalidField, "'n_kv_heads'"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"multiple_of":0}"#, .invalidField, "'multiple_of'"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"ffn_dim_multiplier":1e300}"#, .invalidField, "'ffn_dim"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"ffn_dim_multiplier":-1}"#, .invalidField, "'ffn_dim"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"vocab_size":"x"}"#, .invalidField, "'vocab_size'"),
        (#"{"dim":32,"n_layers":1,"n_heads":4,"moe":{"num_experts":8}}"#, .unsupported, "'moe'"),
    ])
    func `configurations that cannot be are refused by field`(
        params: String, code: CheckpointError.Code, words: String
    ) throws {
        let folder = try Self.folder(params: params)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        #expect(error.code == code)
        #expect(error.message.contains(words) && error.message.contains("params.json"))
    }

    @Test
    func `parts that are missing or do not belong together are refused`() throws {
        let folder = try Self.folder(params: #"{"dim":32,"n_layers":1,"n_heads":4,"vocab_size":24}"#)
        try folder.remove("consolidated.00.pth")
        var message = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }.message
        #expect(message.contains("no consolidated.00.pth"))
        var alien = PyTorchBuilder()
        alien.add("norm.weight", [32], "BFloat16Storage", [UInt8](repeating: 0, count: 64))
        alien.add("output.weight", [12, 16], [Float](repeating: 0, count: 192))
        try folder.write(alien.build(), to: "consolidated.00.pth")
        message = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }.message
        #expect(message.contains("is in 1 of the 2 files"))
        try folder.remove("consolidated.01.pth")
        #expect(try Checkpoint.open(folder.path).tensors["lm_head.weight"]?.shape == [12, 16])
        alien.tensors.removeFirst()
        try folder.write(alien.build(), to: "consolidated.01.pth")
        alien.tensors[0].shape = [24, 8]
        alien.tensors[0].strides = [8, 1]
        try folder.write(alien.build(), to: "consolidated.00.pth")
        message = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }.message
        #expect(message.contains("does not continue [24, 8]"))
        try folder.remove("consolidated.00.pth")
        try folder.remove("consolidated.01.pth")
        message = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }.message
        #expect(message.contains("has params.json, but no consolidated.00.pth"))
    }
}
