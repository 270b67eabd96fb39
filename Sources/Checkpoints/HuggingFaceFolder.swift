internal import Tensors

/// Opens a Hugging Face model folder as a checkpoint.
enum HuggingFaceFolder {
    static func open(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) -> Checkpoint {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let configFile = folder + "/config.json"
        guard FileSystem.kind(of: configFile) == .file else {
            if FileSystem.kind(of: folder + "/" + MetaFolder.parameters) == .file {
                return try MetaFolder.open(path, folder: folder, gate)
            }
            throw missingConfiguration(folder)
        }
        let reader = HuggingFaceConfiguration(try JSONFile(configFile))
        try gate.check(try reader.architecture(), in: configFile)
        let quantization = try quantization(folder, reader.fields)
        var configuration = try reader.read()
        let parameters = HuggingFaceParameters(quantization: quantization)
        var foundQuantization: WeightQuantization?
        let generationFile = folder + "/generation_config.json"
        let generationDefaults =
            FileSystem.kind(of: generationFile) == .file
            ? try HuggingFaceConfiguration.generationDefaults(try JSONFile(generationFile))
            : GenerationDefaults()
        let tokenizerConfig = try HuggingFaceTokenizerConfig(folder: folder)
        let tensors: [String: CheckpointTensor]
        switch try HuggingFaceWeights.read(folder) {
        case .tensors(let stored):
            let found = try parameters.collect(stored, &configuration)
            (tensors, foundQuantization) = (found.tensors, found.quantization)
        case .meta(let files):
            tensors = try MetaWeights(configuration: configuration).tensors(MetaFolder.read(files))
        }
        return Checkpoint(
            path: path,
            kind: .huggingFace,
            configuration: configuration,
            generationDefaults: generationDefaults,
            quantization: foundQuantization,
            tensors: tensors,
            chatTemplates: try tokenizerConfig.chatTemplates(),
            bosToken: try tokenizerConfig.tokenText("bos_token"),
            eosToken: try tokenizerConfig.tokenText("eos_token"),
            readTokenizer: { () throws(CheckpointError) in try TokenizerSource.read(folder) }
        )
    }

    /// How config.json, or a file beside it, says that the weights are quantised.
    static func quantization(
        _ folder: String, _ config: JSONFile
    ) throws(CheckpointError) -> WeightQuantization? {
        var others: [JSONFile] = []
        for name in HuggingFaceConfiguration.quantizationFiles
        where FileSystem.kind(of: folder + "/" + name) == .file {
            others.append(try JSONFile(folder + "/" + name))
        }
        return try HuggingFaceConfiguration(config).quantization(besides: others)
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
                + "model.safetensors.index.json with its parts) and tokenizer.json; Meta's original files need "
                + "params.json"
        )
    }
}
