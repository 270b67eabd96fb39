internal import Tensors

/// Opens a GGUF file as a checkpoint.
enum GGUFCheckpoint {
    /// Per-frequency divisors; part of the configuration, not a parameter.
    private static let ropeFrequencies = "rope_freqs.weight"

    static func open(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) -> Checkpoint {
        let gguf = try GGUFParts.open(path)
        let ggufArchitecture = try GGUFConfiguration.ggufArchitecture(gguf.metadata)
        try gate.check(GGUFConfiguration.architecture(ggufArchitecture), in: path)
        let ropeFactors = try ropeFactors(gguf)
        let configuration = try GGUFConfiguration(gguf, ropeFactors: ropeFactors).read()
        try checkRopeFactors(ropeFactors, configuration, path)
        let tokenizer = GGUFTokenizerReader(gguf.metadata)
        return Checkpoint(
            path: path,
            kind: .gguf,
            configuration: configuration,
            generationDefaults: try generationDefaults(gguf.metadata, configuration),
            tensors: try tensors(gguf, ggufArchitecture, configuration),
            chatTemplates: try chatTemplates(gguf.metadata),
            bosToken: try tokenizer.tokenText(configuration.bosTokenID),
            eosToken: try tokenizer.tokenText(configuration.eosTokenIDs.first),
            readTokenizer: { () throws(CheckpointError) in .gguf(try tokenizer.read()) }
        )
    }

    // MARK: - Internals

    /// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME` of each NAME that
    /// `tokenizer.chat_templates` lists.
    static func chatTemplates(_ metadata: GGUFMetadata) throws(CheckpointError) -> ChatTemplateSources {
        let key = "tokenizer.chat_template"
        var sources: [String: String] = [:]
        for name in try metadata.strings("tokenizer.chat_templates") ?? [] {
            if let source = try metadata.string("\(key).\(name)") { sources[name] = source }
        }
        if let source = try metadata.string(key) { sources["default"] = source }
        return .named(sources, origin: "GGUF metadata")
    }

    private static func generationDefaults(
        _ metadata: GGUFMetadata,
        _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> GenerationDefaults {
        GenerationDefaults(
            temperature: try metadata.number("general.sampling.temp"),
            topP: try metadata.number("general.sampling.top_p"),
            topK: try metadata.integer("general.sampling.top_k"),
            minP: try metadata.number("general.sampling.min_p"),
            repetitionPenalty: try metadata.number("general.sampling.penalty_repeat"),
            eosTokenIDs: configuration.eosTokenIDs
        )
    }

    private static func tensors(
        _ gguf: GGUFFile,
        _ ggufArchitecture: String,
        _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> [String: CheckpointTensor] {
        var tensors: [String: CheckpointTensor] = [:]
        for stored in gguf.tensors where stored.info.name != ropeFrequencies {
            let info = stored.info
            let name = GGUFTensorNames.huggingFaceName(info.name)
            let tensor = CheckpointTensor(
                name: name,
                shape: info.shape,
                dtype: try info.readableType(in: stored.file.path),
                file: stored.file,
                offset: stored.offset,
                storedOrder: storedOrder(name, info.shape, ggufArchitecture, configuration)
            )
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw CheckpointError(
                    .malformed,
                    "\(gguf.file.path): two tensors mean \(quoted(name)); the file is damaged, download it "
                        + "again"
                )
            }
        }
        return tensors
    }

    /// Only the `llama` converter interleaves, and only q and k.
    private static func storedOrder(
        _ name: String,
        _ shape: [Int],
        _ ggufArchitecture: String,
        _ configuration: ModelConfiguration
    ) -> StoredRowOrder {
        guard ggufArchitecture == "llama" else { return .same }
        return .ofInterleavedProjection(name, rows: shape[0], configuration)
    }

    // MARK: - Rotary factors

    private static func ropeFactors(_ gguf: GGUFFile) throws(CheckpointError) -> [Float]? {
        guard let stored = gguf.tensors.first(where: { $0.info.name == ropeFrequencies }) else {
            return nil
        }
        let info = stored.info
        guard info.shape.count == 1, GGUFTensorType.dtype(info.type) == .float32 else {
            throw CheckpointError(
                .unsupported,
                "\(stored.file.path): the tensor '\(ropeFrequencies)' has \(info.shape.count) dimensions of "
                    + "\(GGUFTensorType.name(info.type)), expected 1 of F32"
            )
        }
        let tensor = CheckpointTensor(
            name: info.name,
            shape: info.shape,
            dtype: .float32,
            file: stored.file,
            offset: stored.offset
        )
        let factors = [Float](unsafeUninitializedCapacity: tensor.rowLength) { buffer, count in
            tensor.readFloats(rows: 0..<1, into: buffer)
            count = tensor.rowLength
        }
        guard factors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw CheckpointError(
                .invalidField,
                "\(gguf.file.path): the tensor '\(ropeFrequencies)' has values that are not positive "
                    + "numbers; the file is damaged, download it again"
            )
        }
        return factors
    }

    private static func checkRopeFactors(
        _ factors: [Float]?,
        _ configuration: ModelConfiguration,
        _ path: String
    ) throws(CheckpointError) {
        let expected = Int(configuration.rotaryFraction * Double(configuration.headDimension)) / 2
        guard let factors, factors.count != expected else { return }
        throw CheckpointError(
            .invalidField,
            "\(path): the tensor '\(ropeFrequencies)' has \(factors.count) values, expected \(expected) "
                + "(half of the rotated dimensions of a head)"
        )
    }
}
