internal import Tensors

/// What `config.ini` says about the model, which follows from the packed weights.
struct WorkspaceFacts {
    /// Under LMDeploy's names, in its order.
    let values: [(key: String, value: String)]

    init(_ table: PackedTable) {
        let model = table.configuration
        let linear = Self.mostBytes(table)
        let rotary = Int(Double(model.headDimension) * model.rotaryFraction)
        let hasBias = table.vectors.contains { vector in
            vector.parts.contains { $0.name.contains("attn.") && $0.name.hasSuffix(".bias") }
        }
        values = [
            ("tensor_para_size", "\(table.ranks)"),
            ("head_num", "\(model.attentionHeadCount)"),
            ("kv_head_num", "\(model.keyValueHeadCount)"),
            ("vocab_size", "\(model.vocabularySize)"),
            ("num_layer", "\(model.layerCount)"),
            ("inter_size", "\(model.intermediateSize)"),
            ("norm_eps", "\(model.rmsNormEpsilon)"),
            ("attn_bias", hasBias ? "1" : "0"),
            ("start_id", "\(model.bosTokenID ?? -1)"),
            ("end_id", "\(model.eosTokenIDs.first ?? -1)"),
            ("weight_type", linear.map { Self.name(of: $0.storage) } ?? "fp32"),
            ("rotary_embedding", "\(rotary)"),
            ("rope_theta", "\(model.ropeTheta)"),
            ("size_per_head", "\(model.headDimension)"),
            ("group_size", "\(linear?.group ?? 0)"),
            ("max_position_embeddings", "\(model.maximumPositions)"),
        ]
    }

    /// Refuses an entry that contradicts the weights; false when the key is none of these.
    func check(_ entry: INIFile.Entry, of file: INIFile) throws(CheckpointError) -> Bool {
        guard let fact = values.first(where: { $0.key == entry.key }) else { return false }
        let isSame =
            if let number = Double(fact.value) {
                Double(entry.value) == number
            } else {
                entry.value == fact.value
            }
        guard isSame else {
            throw file.invalid(
                entry,
                expected:
                    "\(fact.value), as the packed weights have it: restore it, or convert the model again")
        }
        return true
    }

    // MARK: - Internals

    /// The format that most bytes of the linear layers are held in.
    private static func mostBytes(_ table: PackedTable) -> WeightFormat? {
        var bytes: [WeightFormat: Int] = [:]
        for matrix in table.matrices where matrix.rows != table.configuration.vocabularySize {
            guard let format = matrix.format else { continue }
            bytes[format, default: 0] += format.byteCount(rows: matrix.rows, columns: matrix.columns) ?? 0
        }
        // Of two that have as many, always the same one.
        return bytes.max { ($0.value, $0.key.description) < ($1.value, $1.key.description) }?.key
    }

    /// As LMDeploy writes them.
    private static func name(of storage: WeightFormat.Storage) -> String {
        switch storage {
        case .fp32, .fp16, .bf16: storage.rawValue
        case .w8: "int8"
        case .w4: "int4"
        }
    }
}
