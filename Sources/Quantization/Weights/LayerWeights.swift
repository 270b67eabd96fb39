internal import Checkpoints
internal import Models
internal import Tensors

/// The linear layers and norms of one transformer block, by the part they play.
struct LayerWeights {
    /// Where a linear layer stands.
    enum Role: String, CaseIterable, Sendable {
        case query, key, value, output, gate, up, down

        /// Hugging Face's name within a block of Llama and its relatives.
        var suffix: String {
            switch self {
            case .query: "self_attn.q_proj"
            case .key: "self_attn.k_proj"
            case .value: "self_attn.v_proj"
            case .output: "self_attn.o_proj"
            case .gate: "mlp.gate_proj"
            case .up: "mlp.up_proj"
            case .down: "mlp.down_proj"
            }
        }
    }

    let prefix: String
    private(set) var linears: [Role: WeightRows]
    var biases: [Role: [Float]]
    var attentionNorm: [Float]
    var mlpNorm: [Float]

    static let attentionNormName = "input_layernorm.weight"
    static let mlpNormName = "post_attention_layernorm.weight"

    init(layer: Int, checkpoint: Checkpoint) throws(QuantizationError) {
        prefix = "model.layers.\(layer)."
        let geometry = ModelGeometry(checkpoint.configuration)
        let keyValueWidth = geometry.keyValueHeads * geometry.headDimension
        let shapes: [Role: (outputs: Int, inputs: Int)] = [
            .query: (geometry.attendedWidth, geometry.hidden), .key: (keyValueWidth, geometry.hidden),
            .value: (keyValueWidth, geometry.hidden), .output: (geometry.hidden, geometry.attendedWidth),
            .gate: (geometry.intermediate, geometry.hidden), .up: (geometry.intermediate, geometry.hidden),
            .down: (geometry.hidden, geometry.intermediate),
        ]
        linears = [:]
        biases = [:]
        for role in Role.allCases {
            guard let shape = shapes[role] else { continue }
            let name = prefix + role.suffix
            let tensor = try Self.tensor(name + ".weight", [shape.outputs, shape.inputs], checkpoint)
            guard !tensor.dtype.isGrouped else {
                throw .alreadyQuantized(tensor: tensor.name, type: "\(tensor.dtype)")
            }
            linears[role] = WeightRows(tensor)
            if checkpoint.tensors[name + ".bias"] != nil {
                biases[role] = try Self.vector(name + ".bias", shape.outputs, checkpoint)
            }
        }
        attentionNorm = try Self.vector(prefix + Self.attentionNormName, geometry.hidden, checkpoint)
        mlpNorm = try Self.vector(prefix + Self.mlpNormName, geometry.hidden, checkpoint)
    }

    /// The linear layer of a role. Every role has one.
    subscript(role: Role) -> WeightRows {
        get {
            guard let weights = linears[role] else { preconditionFailure("every role has a linear layer") }
            return weights
        }
        set { linears[role] = newValue }
    }

    func name(_ role: Role) -> String { prefix + role.suffix }

    /// The biases of several linear layers one after the other; nil where none has one.
    func bias(_ roles: [Role]) -> [Float]? {
        guard roles.contains(where: { biases[$0] != nil }) else { return nil }
        return roles.flatMap { biases[$0] ?? Array(repeating: 0, count: self[$0].outputs) }
    }

    func checkFinite(pool: WorkerPool) throws(QuantizationError) {
        for role in Role.allCases {
            let rows = self[role]
            let failure = FirstFailure()
            pool.forEachStretch(of: rows.outputs, length: 32) { stretch in
                withFloats(stretch.count * rows.inputs) { values in
                    rows.read(stretch, into: values)
                    if let place = values.firstIndex(where: { !$0.isFinite }) {
                        failure.note(stretch.lowerBound + place / rows.inputs)
                    }
                }
            }
            if let row = failure.first { throw .notFinite(tensor: rows.name, row: row) }
        }
    }

    /// Bytes of the linear layers in fp32.
    var floatBytes: Int { linears.values.reduce(0) { $0 + 4 * $1.inputs * $1.outputs } }

    /// Drops the layer's pages of the checkpoint from memory.
    func discardPages() {
        for weights in linears.values { weights.tensor.discard() }
    }

    // MARK: - Internals

    private static func tensor(
        _ name: String, _ shape: [Int], _ checkpoint: Checkpoint
    ) throws(QuantizationError) -> CheckpointTensor {
        guard let tensor = checkpoint.tensors[name] else { throw .missingTensor(name) }
        guard tensor.shape == shape else { throw .shape(tensor: name, found: tensor.shape, expected: shape) }
        return tensor
    }

    static func vector(
        _ name: String, _ count: Int, _ checkpoint: Checkpoint
    ) throws(QuantizationError) -> [Float] {
        let tensor = try tensor(name, [count], checkpoint)
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            tensor.readFloats(rows: 0..<1, into: buffer)
            initialized = count
        }
        guard values.allSatisfy(\.isFinite) else { throw .notFinite(tensor: name, row: 0) }
        return values
    }
}
