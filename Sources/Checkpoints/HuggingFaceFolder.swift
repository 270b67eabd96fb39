internal import Tensors

/// Opens a Hugging Face model folder as a checkpoint.
enum HuggingFaceFolder {
    static func open(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) -> Checkpoint {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let configFile = folder + "/config.json"
        guard FileSystem.kind(of: configFile) == .file else {
            throw missingConfiguration(folder)
        }
        let reader = HuggingFaceConfiguration(try JSONFile(configFile))
        try gate.check(try reader.architecture(), in: configFile)
        let configuration = try reader.read()
        let generationFile = folder + "/generation_config.json"
        let generationDefaults =
            FileSystem.kind(of: generationFile) == .file
            ? try HuggingFaceConfiguration.generationDefaults(try JSONFile(generationFile))
            : GenerationDefaults()
        let tokenizerConfig = try HuggingFaceTokenizerConfig(folder: folder)
        return Checkpoint(
            path: path,
            kind: .huggingFace,
            configuration: configuration,
            generationDefaults: generationDefaults,
            tensors: try parameters(HuggingFaceWeights.read(folder), configuration),
            chatTemplate: try tokenizerConfig.chatTemplate(),
            bosToken: try tokenizerConfig.tokenText("bos_token"),
            eosToken: try tokenizerConfig.tokenText("eos_token"),
            readTokenizer: { () throws(CheckpointError) in try readTokenizer(folder) }
        )
    }

    // MARK: - Internals

    private static func missingConfiguration(_ folder: String) -> CheckpointError {
        if let file = FileSystem.entries(of: folder).filter({ $0.hasSuffix(".gguf") }).min() {
            return CheckpointError(
                .missingFile,
                "\(folder) has no config.json; to use the GGUF file in it, give the file's path: "
                    + "\(folder)/\(file)"
            )
        }
        return CheckpointError(
            .missingFile,
            "\(folder) has no config.json; a model folder must contain config.json, model.safetensors (or "
                + "model.safetensors.index.json with its parts) and tokenizer.json"
        )
    }

    /// The tensors less those that hold no parameter, which transformers ignores as well.
    private static func parameters(
        _ tensors: [CheckpointTensor],
        _ configuration: ModelConfiguration
    ) -> [String: CheckpointTensor] {
        var parameters: [String: CheckpointTensor] = [:]
        for tensor in tensors {
            // Old Llama checkpoints store the rotary frequencies, which follow from the configuration.
            let isRotaryBuffer = tensor.name.hasSuffix(".rotary_emb.inv_freq")
            // Some writers store a tied output head a second time.
            let isTiedHead = configuration.tieWordEmbeddings && tensor.name == "lm_head.weight"
            if !isRotaryBuffer && !isTiedHead {
                parameters[tensor.name] = tensor
            }
        }
        return parameters
    }

    private static func readTokenizer(_ folder: String) throws(CheckpointError) -> TokenizerSource {
        let path = folder + "/tokenizer.json"
        guard FileSystem.kind(of: path) == .file else {
            throw CheckpointError(
                .missingFile,
                "\(folder) has no tokenizer.json; download it from where the model came from (a "
                    + "tokenizer.model alone is not supported)"
            )
        }
        let configPath = folder + "/tokenizer_config.json"
        let hasConfig = FileSystem.kind(of: configPath) == .file
        return .huggingFace(
            tokenizerJSON: try bytes(of: path),
            tokenizerConfigJSON: hasConfig ? try bytes(of: configPath) : nil
        )
    }

    private static func bytes(of path: String) throws(CheckpointError) -> [UInt8] {
        try MappedFile.open(path).withBytes { Array($0) }
    }
}
