internal import Tensors

/// Opens a GGUF file as a checkpoint.
enum GGUFCheckpoint {
    /// Per-frequency divisors; part of the configuration, not a parameter.
    private static let ropeFrequencies = "rope_freqs.weight"

    static func open(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) -> Checkpoint {
        let file = try MappedFile.open(path)
        try checkMagic(of: file)
        let gguf = try GGUFFile(file)
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
            chatTemplate: try gguf.metadata.string("tokenizer.chat_template"),
            bosToken: try tokenizer.tokenText(configuration.bosTokenID),
            eosToken: try tokenizer.tokenText(configuration.eosTokenIDs.first),
            readTokenizer: { () throws(CheckpointError) in .gguf(try tokenizer.read()) }
        )
    }

    // MARK: - Internals

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

    private static func checkMagic(of file: MappedFile) throws(CheckpointError) {
        guard file.byteCount > 0 else {
            throw CheckpointError(.truncated, "\(file.path) is empty (0 bytes); download it again")
        }
        let magic = file.withBytes { Array($0.prefix(4)) }
        if magic == Array("GGUF".utf8) {
            return
        }
        if file.path.hasSuffix(".safetensors") {
            throw CheckpointError(
                .unsupported,
                "\(file.path) is a single safetensors file; give the folder that holds it together with "
                    + "config.json"
            )
        }
        throw CheckpointError(
            .malformed,
            "\(file.path) is not a GGUF file (it starts with \(hexadecimal(magic)), expected 47 47 55 46 for "
                + "'GGUF'); give a GGUF file or a Hugging Face model folder"
        )
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    private static func tensors(
        _ gguf: GGUFFile,
        _ ggufArchitecture: String,
        _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> [String: CheckpointTensor] {
        var tensors: [String: CheckpointTensor] = [:]
        for (info, offset) in gguf.tensors where info.name != ropeFrequencies {
            let name = GGUFTensorNames.huggingFaceName(info.name)
            let tensor = CheckpointTensor(
                name: name,
                shape: info.shape,
                dtype: info.dtype,
                file: gguf.file,
                offset: offset,
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
        let heads: Int
        if name.contains(".self_attn.q_proj.") {
            heads = configuration.attentionHeadCount
        } else if name.contains(".self_attn.k_proj.") {
            heads = configuration.keyValueHeadCount
        } else {
            return .same
        }
        // A shape that does not fit the heads is an error that loading reports with the expected shape.
        guard shape[0] == heads * configuration.headDimension, configuration.headDimension % 2 == 0 else {
            return .same
        }
        return .interleavedHalves(headDimension: configuration.headDimension)
    }

    // MARK: - Rotary factors

    private static func ropeFactors(_ gguf: GGUFFile) throws(CheckpointError) -> [Float]? {
        guard let (info, offset) = gguf.tensors.first(where: { $0.info.name == ropeFrequencies }) else {
            return nil
        }
        guard info.shape.count == 1, info.dtype == .float32 else {
            throw CheckpointError(
                .unsupported,
                "\(gguf.file.path): the tensor '\(ropeFrequencies)' has \(info.shape.count) dimensions of "
                    + "\(info.dtype), expected 1 of float32"
            )
        }
        let tensor = CheckpointTensor(
            name: info.name,
            shape: info.shape,
            dtype: info.dtype,
            file: gguf.file,
            offset: offset
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
