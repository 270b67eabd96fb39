internal import Tensors

/// Turns the tensors of a model folder's files into parameters: names without wrappers, no buffers, scales
/// joined with the weights they belong to, a tied output head once.
struct HuggingFaceParameters {
    /// How the configuration says that weights are quantised.
    var quantization: WeightQuantization?

    private static let embedding = "model.embed_tokens.weight"
    private static let head = "lm_head.weight"

    /// - Parameter configuration: ``ModelConfiguration/tieWordEmbeddings`` becomes false where the files hold
    ///   an output head that differs from the embedding table, as in transformers.
    /// - Returns: the parameters, and how they are quantised, which the tensors may say where the configuration
    ///   does not.
    func collect(
        _ stored: [StoredTensor], _ configuration: inout ModelConfiguration
    ) throws(CheckpointError) -> (tensors: [String: CheckpointTensor], quantization: WeightQuantization?) {
        let byName = StoredTensorIndex(
            Self.unwrapped(stored), where: { !$0.isEmpty && !Self.isBuffer($0) })
        try byName.forEachRepeated { (tensor, other) throws(CheckpointError) in
            guard try Self.tensor(tensor).holdsSameBytes(as: Self.tensor(other)) else {
                throw CheckpointError(
                    .malformed,
                    "\(tensor.file.path): the tensor \(quoted(tensor.name)) is in \(other.file.path) as well, "
                        + "with other values; download the model again")
            }
        }
        var tensors: [String: CheckpointTensor] = Dictionary(minimumCapacity: byName.count)
        let modules = IntegerModules(byName, quantization)
        var found = quantization
        for tensor in byName {
            try Self.refuseBitsandbytes(tensor)
            if let parameter = try modules.parameter(tensor) {
                tensors[parameter.name] = parameter
                if found == nil { found = modules.quantization(of: tensor) }
                continue
            }
            if try modules.isCompanion(tensor) { continue }
            if scaledName(tensor.name).flatMap({ byName[$0]?.isFloat8 }) == true { continue }
            tensors[tensor.name] = try Self.tensor(tensor, scales: scales(of: tensor, byName))
        }
        tie(&tensors, &configuration)
        return (tensors, found)
    }

    /// The tensors of this method have names of their own, also where no configuration says that they are there.
    private static func refuseBitsandbytes(_ tensor: StoredTensor) throws(CheckpointError) {
        guard tensor.name.contains(".quant_state.bitsandbytes__") || tensor.name.hasSuffix(".SCB") else {
            return
        }
        throw tensor.unsupported(
            "belongs to weights quantised by bitsandbytes, which is not supported; use the unquantised model, "
                + "with --dtype w4 for 4 bits or --dtype w8 for 8 bits")
    }

    // MARK: - Names

    /// The tensors with the names of the model's class.
    ///
    /// A model saved without its head lacks "model.", and training programs put their own names in front.
    private static func unwrapped(_ tensors: [StoredTensor]) -> [StoredTensor] {
        let suffix = "embed_tokens.weight"
        guard !tensors.contains(where: { $0.name == embedding }) else { return tensors }
        let candidates = tensors.filter { $0.name == suffix || $0.name.hasSuffix("." + suffix) }
        guard candidates.count == 1, let prefix = candidates.first?.name.dropLast(suffix.count) else {
            return tensors
        }
        let outer = prefix == "model." || prefix.hasSuffix(".model.") ? prefix.dropLast("model.".count) : ""
        return tensors.map { tensor in
            var tensor = tensor
            if tensor.name.hasPrefix(prefix), prefix != "" || tensor.name != head {
                tensor.name = "model." + tensor.name.dropFirst(prefix.count)
            } else if tensor.name == outer + head {
                tensor.name = head
            }
            return tensor
        }
    }

    /// Tables that follow from the configuration, which old checkpoints store, and scales of activations,
    /// which are not quantised here.
    private static func isBuffer(_ tensor: StoredTensor) -> Bool {
        let suffixes = [
            ".rotary_emb.inv_freq", ".rotary_emb.cos_cached", ".rotary_emb.sin_cached", ".masked_bias",
            ".position_ids", ".input_scale", ".activation_scale", ".input_scale_ub", ".input_zero_point",
            ".k_scale",
            ".v_scale",
        ]
        if suffixes.contains(where: tensor.name.hasSuffix) || tensor.name == "position_ids" { return true }
        // The causal mask of old attention code; a bias of floats is a parameter.
        if case .other = tensor.element { return tensor.name.hasSuffix(".attn.bias") }
        return false
    }

    // MARK: - Scales

    /// ".scale" only in LMDeploy's folders: elsewhere it may be a parameter.
    private var scaleSuffixes: [String] {
        quantization?.method == .smoothQuant ? [".scale"] : [".weight_scale_inv", ".weight_scale"]
    }

    private var scaleBlock: (rows: Int, columns: Int) { quantization?.scaleBlock ?? (128, 128) }

    /// The name of the weight that a tensor holds the scales of.
    private func scaledName(_ name: String) -> String? {
        for suffix in scaleSuffixes where name.hasSuffix(suffix) {
            return name.dropLast(suffix.count) + ".weight"
        }
        return nil
    }

    private func scales(
        of tensor: StoredTensor, _ byName: StoredTensorIndex
    ) throws(CheckpointError) -> TensorScales? {
        guard tensor.isFloat8, tensor.name.hasSuffix(".weight") else { return nil }
        let module = tensor.name.dropLast(".weight".count)
        let found = scaleSuffixes.compactMap { byName[String(module + $0)] }
        guard let stored = found.first else { return nil }
        let scales = try Self.tensor(stored)
        guard found.count == 1,
            let result = TensorScales(scales, shape: tensor.shape, block: scaleBlock)
        else {
            throw CheckpointError(
                .malformed,
                "\(stored.file.path): the scales \(quoted(stored.name)) have the shape \(stored.shape), which "
                    + "fits neither rows nor blocks of \(scaleBlock.rows) x \(scaleBlock.columns) of the weight's "
                    + "\(tensor.shape); download the model again")
        }
        return result
    }

    // MARK: - Tensors

    private static func tensor(
        _ stored: StoredTensor, scales: TensorScales? = nil
    ) throws(CheckpointError) -> CheckpointTensor {
        CheckpointTensor(
            name: stored.name, shape: stored.shape, dtype: try stored.floatType(),
            parts: [try stored.part()], scales: scales)
    }

    private func tie(
        _ tensors: inout [String: CheckpointTensor], _ configuration: inout ModelConfiguration
    ) {
        guard configuration.tieWordEmbeddings, let head = tensors[Self.head] else { return }
        guard let embedding = tensors[Self.embedding] else {
            tensors[Self.embedding] = head.renamed(Self.embedding)
            tensors[Self.head] = nil
            return
        }
        if head.holdsSameBytes(as: embedding) {
            tensors[Self.head] = nil
        } else {
            configuration.tieWordEmbeddings = false
        }
    }
}

extension StoredTensor {
    var isFloat8: Bool {
        if case .float(let dtype) = element { dtype.isFloat8 } else { false }
    }

    /// The element type, which must be able to be a parameter's.
    func floatType() throws(CheckpointError) -> DType {
        guard case .float(let dtype) = element else {
            throw CheckpointError(
                .unsupported,
                "\(file.path): the tensor \(quoted(name)) has the type \(element.name), which no parameter "
                    + "has; use a model of \(StoredElement.safetensorsFloats)")
        }
        return dtype
    }

    /// All of the tensor as the one part of a parameter.
    func part() throws(CheckpointError) -> TensorPart {
        TensorPart(
            self, dtype: try floatType(), rows: 0..<shape.dropLast().reduce(1, *),
            columns: 0..<(shape.last ?? 1))
    }
}
