internal import JSON

// What `quantization_config` says about weights of 8-bit floats; every other quantisation is refused.
extension HuggingFaceConfiguration {
    /// Rows and columns of weights that share a scale where scales form a matrix.
    func scaleBlock() throws(CheckpointError) -> (rows: Int, columns: Int) {
        var block = (rows: 128, columns: 128)
        for name in ["quantization_config", "compression_config"] {
            guard let quantization = try fields.object(name) else { continue }
            let method = try quantization.string("quant_method") ?? "unnamed"
            let stated: JSONValue?
            switch method {
            case "fp8", "fbgemm_fp8":
                stated = quantization.value("weight_block_size")
            case "compressed-tensors":
                stated = try compressedBlock(quantization)
            default:
                throw fields.unsupported(
                    name,
                    "announces weights quantised by \(quoted(method)), which is not supported; use the "
                        + "unquantised model"
                )
            }
            if let stated { block = try sizes(stated, quantization) }
        }
        return block
    }

    // MARK: - Internals

    /// The block of weights that the groups of a compressed-tensors configuration name.
    private func compressedBlock(_ quantization: JSONFile) throws(CheckpointError) -> JSONValue? {
        guard let groups = try quantization.object("config_groups") else {
            throw quantization.missing("config_groups")
        }
        var block: JSONValue?
        for member in groups.members.sortedByName() {
            guard let weights = try groups.object(member)?.object("weights") else { continue }
            let type = try weights.string("type") ?? "int"
            let bits = try weights.integer("num_bits", in: 1...64) ?? 8
            guard type == "float", bits == 8 else {
                throw weights.unsupported(
                    "type",
                    "is \(quoted(type)) of \(bits) bits, which is not supported; use the unquantised model")
            }
            block = weights.value("block_structure") ?? block
        }
        return block
    }

    private func sizes(
        _ value: JSONValue, _ quantization: JSONFile
    ) throws(CheckpointError) -> (rows: Int, columns: Int) {
        let size = 1...ModelLimits.size
        guard case .array(let elements) = value, let (rows, columns) = elements.pair,
            case .integer(let rows) = rows.value, case .integer(let columns) = columns.value,
            size.contains(rows), size.contains(columns)
        else {
            throw quantization.invalid("weight_block_size", value, expected: "two positive integers")
        }
        return (rows, columns)
    }
}
