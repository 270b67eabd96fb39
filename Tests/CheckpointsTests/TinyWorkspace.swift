import Checkpoints
import Tensors
import TestSupport

/// A workspace of a model with two matrices and a vector, which tests change and break.
enum TinyWorkspace {
    static let configuration = ModelConfiguration(
        architecture: "LlamaForCausalLM", hiddenSize: 64, intermediateSize: 128, layerCount: 2,
        attentionHeadCount: 4, keyValueHeadCount: 2, headDimension: 16, vocabularySize: 40,
        maximumPositions: 256, rmsNormEpsilon: 1e-5, ropeTheta: 50_000,
        ropeScaling: .llama3(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositions: 128),
        tieWordEmbeddings: true, attentionBias: true,
        slidingWindow: SlidingWindow(tokens: 9, layers: [true, false]),
        dtype: .bfloat16, bosTokenID: 1, eosTokenIDs: [2, 7], rotaryFraction: 0.5)
    static let defaults = GenerationDefaults(doSample: true, temperature: 0.7, topK: 5, eosTokenIDs: [2])

    static func settings() -> WorkspaceSettings {
        var settings = WorkspaceSettings()
        settings.modelName = "tiny"
        settings.chatTemplate = "hf"
        settings.sessionLength = 256
        settings.maxBatchSize = 128
        settings.cacheMaxEntryCount = 0.8
        settings.cacheBlockSeqLen = 64
        settings.quantPolicy = 0
        settings.ropeScalingFactor = 0
        settings.useLognAttn = false
        return settings
    }

    static func matrix(_ format: WeightFormat, rows: Int, columns: Int) throws -> PackedMatrix {
        let matrix = try PackedMatrix(format: format, rows: rows, columns: columns)
        let values = (0..<rows * columns).map { Float($0 % 17) - 8 }
        values.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { matrix.fill(rows: 0..<rows, floats: base) }
        }
        return matrix
    }

    /// Writes one that takes its tokenizer from a tiny GGUF file.
    static func write(to path: String, tokenizer: String? = nil) throws {
        let files = try TemporaryFolder()
        let writer = try WorkspaceWriter(path)
        try writer.copyTokenizer(from: tokenizer ?? files.write(TinyFiles.gguf().build(), to: "x.gguf"))
        let file = try writer.packedFile(
            PackedTable(configuration: configuration, generationDefaults: defaults, rank: 0, ranks: 1))
        try file.append(
            try matrix(.w8(group: 32), rows: 40, columns: 64),
            parts: [.init(name: "model.embed_tokens.weight", rows: 40, type: .q8_0, bytes: 2720)],
            division: .whole)
        try file.append(
            try matrix(.w4(group: 32), rows: 80, columns: 64),
            parts: [
                .init(name: "a.q_proj.weight", rows: 64, type: .q4_0, bytes: 2304),
                .init(name: "a.k_proj.weight", rows: 16, type: .q4_1, bytes: 640),
            ], division: .whole)
        file.append(
            vector: (0..<64).map { Float($0) / 3 }, parts: [("model.norm.weight", 64)], division: .whole)
        try writer.finish(settings: settings(), table: file.finish())
    }

    static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try write(to: folder.path)
        return folder
    }

    static let packed = "triton_models/weights/packed.0.bin"
    static let config = "triton_models/weights/config.ini"
}
