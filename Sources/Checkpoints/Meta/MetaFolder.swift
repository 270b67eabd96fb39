/// Opens a folder with Meta's original files of a Llama model.
enum MetaFolder {
    static let parameters = "params.json"

    static func open(
        _ path: String, folder: String, _ gate: ArchitectureGate
    ) throws(CheckpointError) -> Checkpoint {
        let file = folder + "/" + parameters
        let reader = MetaConfiguration(try JSONFile(file))
        try gate.check("LlamaForCausalLM", in: file)
        let paths = try MetaWeights.files(in: folder)
        guard !paths.isEmpty else {
            throw CheckpointError(
                .missingFile,
                "\(folder) has \(parameters), but no consolidated.00.pth; download the model's weights into it"
            )
        }
        let shards = try read(paths)
        var configuration = try reader.read { MetaWeights.vocabularySize(shards, hiddenSize: $0) }
        let tensors = try MetaWeights(configuration: configuration).tensors(shards)
        configuration.tieWordEmbeddings = tensors["lm_head.weight"] == nil
        configuration.dtype = tensors["model.embed_tokens.weight"]?.dtype
        let tokenizerConfig = try HuggingFaceTokenizerConfig(folder: folder)
        return Checkpoint(
            path: path,
            kind: .meta,
            configuration: configuration,
            generationDefaults: GenerationDefaults(),
            tensors: tensors,
            chatTemplates: try tokenizerConfig.chatTemplates(),
            bosToken: try tokenizerConfig.tokenText("bos_token"),
            eosToken: try tokenizerConfig.tokenText("eos_token"),
            readTokenizer: { () throws(CheckpointError) in try TokenizerSource.read(folder) }
        )
    }

    static func read(_ paths: [String]) throws(CheckpointError) -> [[StoredTensor]] {
        var shards: [[StoredTensor]] = []
        for path in paths {
            shards.append(try PyTorchFile.read(path))
        }
        return shards
    }
}
