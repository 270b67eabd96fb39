internal import Tensors

/// Reads the weights of Llama in the files that Meta publishes: `consolidated.00.pth` and further ones, which
/// hold the slices of the matrices that each of several GPUs works with.
///
/// Names become those of Hugging Face. Meta's rotary embedding pairs neighbours, so that the rows of q and k
/// are in another order.
struct MetaWeights {
    let configuration: ModelConfiguration

    /// How the files divide a tensor.
    private enum Division {
        /// Every file has all of it.
        case replicated
        case rows
        case columns
        /// By columns in Llama 1 and 2, by rows in Llama 3.
        case embedding
    }

    private static let topLevel: [String: (name: String, division: Division)] = [
        "tok_embeddings.weight": ("model.embed_tokens.weight", .embedding),
        "norm.weight": ("model.norm.weight", .replicated),
        "output.weight": ("lm_head.weight", .rows),
    ]

    private static let inLayer: [String: (name: String, division: Division)] = [
        "attention.wq.weight": ("self_attn.q_proj.weight", .rows),
        "attention.wk.weight": ("self_attn.k_proj.weight", .rows),
        "attention.wv.weight": ("self_attn.v_proj.weight", .rows),
        "attention.wo.weight": ("self_attn.o_proj.weight", .columns),
        "feed_forward.w1.weight": ("mlp.gate_proj.weight", .rows),
        "feed_forward.w2.weight": ("mlp.down_proj.weight", .columns),
        "feed_forward.w3.weight": ("mlp.up_proj.weight", .rows),
        "attention_norm.weight": ("input_layernorm.weight", .replicated),
        "ffn_norm.weight": ("post_attention_layernorm.weight", .replicated),
    ]

    /// The paths of a folder's weights in the order of their numbers; none where there are none.
    static func files(in folder: String) throws(CheckpointError) -> [String] {
        let names = FileSystem.entries(of: folder).filter {
            $0.hasPrefix("consolidated.") && $0.hasSuffix(".pth")
        }
        if names == ["consolidated.pth"] { return [folder + "/consolidated.pth"] }
        let count = names.count { $0.utf8.count == "consolidated.00.pth".utf8.count }
        var paths: [String] = []
        for number in 0..<count {
            let name = "consolidated.\(number < 10 ? "0" : "")\(number).pth"
            guard names.contains(name) else {
                throw CheckpointError(
                    .missingFile,
                    "\(folder) has \(count) files consolidated.*.pth, but no \(name); download the missing part"
                )
            }
            paths.append(folder + "/" + name)
        }
        return paths
    }

    /// The rows of the embedding table that the files hold together, for configurations that do not say.
    static func vocabularySize(_ shards: [[StoredTensor]], hiddenSize: Int) -> Int? {
        let tables = shards.compactMap { shard in shard.first { $0.name == "tok_embeddings.weight" } }
        guard tables.count == shards.count, let first = tables.first?.shape, first.count == 2 else {
            return nil
        }
        guard first[1] == hiddenSize else { return first[0] }
        return tables.reduce(0) { $0 + ($1.shape.first ?? 0) }
    }

    /// - Parameter shards: the tensors of each file.
    func tensors(_ shards: [[StoredTensor]]) throws(CheckpointError) -> [String: CheckpointTensor] {
        var slices: [String: [StoredTensor]] = [:]
        for tensor in shards.joined() where !tensor.isEmpty && tensor.name != "rope.freqs" {
            slices[tensor.name, default: []].append(tensor)
        }
        var tensors: [String: CheckpointTensor] = [:]
        for (metaName, slices) in slices.sorted(by: { $0.key < $1.key }) {
            let (name, division) = Self.meaning(of: metaName)
            guard slices.count == shards.count else {
                throw CheckpointError(
                    .malformed,
                    "\(slices[0].file.path): the tensor \(quoted(metaName)) is in \(slices.count) of the "
                        + "\(shards.count) files consolidated.*.pth; download the model again")
            }
            let tensor = try joined(slices, as: name, division)
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw CheckpointError(
                    .malformed,
                    "\(slices[0].file.path): two tensors mean \(quoted(name)); download the model again")
            }
        }
        return tensors
    }

    // MARK: - Internals

    /// The Hugging Face name; an unknown name stays, so that loading reports it.
    private static func meaning(of metaName: String) -> (name: String, division: Division) {
        if let known = topLevel[metaName] { return known }
        let words = metaName.split(separator: ".", maxSplits: 2)
        if words.count == 3, words[0] == "layers", let known = inLayer[String(words[2])] {
            return ("model.layers.\(words[1]).\(known.name)", known.division)
        }
        return (metaName, .replicated)
    }

    private func joined(
        _ slices: [StoredTensor], as name: String, _ division: Division
    ) throws(CheckpointError) -> CheckpointTensor {
        let first = slices[0]
        let dtype = try first.floatType()
        let isByRows: Bool
        switch division {
        case .replicated:
            return CheckpointTensor(name: name, shape: first.shape, dtype: dtype, parts: [try first.part()])
        case .rows: isByRows = true
        case .columns: isByRows = false
        case .embedding: isByRows = first.shape.last == configuration.hiddenSize
        }
        var parts: [TensorPart] = []
        var (rows, columns) = (0, 0)
        for slice in slices {
            guard slice.shape.count == 2, first.shape.count == 2, slice.element == first.element,
                slice.shape[isByRows ? 1 : 0] == first.shape[isByRows ? 1 : 0]
            else {
                throw CheckpointError(
                    .malformed,
                    "\(slice.file.path): the tensor \(quoted(slice.name)) has the shape \(slice.shape) of "
                        + "\(slice.element.name), which does not continue \(first.shape) of \(first.element.name) in "
                        + "\(first.file.path); download the model again")
            }
            let (startRow, startColumn) = isByRows ? (rows, 0) : (0, columns)
            (rows, columns) = (startRow + slice.shape[0], startColumn + slice.shape[1])
            parts.append(
                TensorPart(slice, dtype: dtype, rows: startRow..<rows, columns: startColumn..<columns))
        }
        return CheckpointTensor(
            name: name, shape: [rows, columns], dtype: dtype, parts: parts,
            storedOrder: .ofInterleavedProjection(name, rows: rows, configuration))
    }
}
