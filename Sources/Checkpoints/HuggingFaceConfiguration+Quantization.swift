internal import JSON

// What `quantization_config` says about the weights.
extension HuggingFaceConfiguration {
    /// Reads how the weights are quantised; nil where the configuration does not say that they are.
    ///
    /// - Parameter others: files beside config.json in which the first programs of GPTQ and AWQ said it.
    func quantization(besides others: [JSONFile] = []) throws(CheckpointError) -> WeightQuantization? {
        for name in ["quantization_config", "compression_config"] {
            if let stated = try fields.object(name) { return try Self.quantization(stated) }
        }
        for file in others {
            if file.value("desc_act") != nil { return try Self.gptq(file) }
            if file.value("w_bit") != nil { return try Self.awq(file) }
        }
        return nil
    }

    /// The names of files in which quantisations may be described besides config.json.
    static let quantizationFiles = ["quantize_config.json", "quant_config.json"]

    // MARK: - Methods

    private static func quantization(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        let method = try stated.string("quant_method")
        switch method {
        case "awq": return try awq(stated)
        case "gptq": return try gptq(stated)
        case "compressed-tensors": return try compressedTensors(stated)
        case "smooth_quant": return try smoothQuant(stated)
        case "fp8", "fbgemm_fp8": return try fp8(stated)
        case "bitsandbytes": throw bitsandbytes(stated)
        case nil where stated.value("load_in_4bit") != nil || stated.value("load_in_8bit") != nil:
            throw bitsandbytes(stated)
        default:
            throw stated.unsupported(
                "quant_method",
                "is \(quoted(method ?? "missing")), which is not supported; supported are 'awq', 'gptq', "
                    + "'compressed-tensors', 'fp8', 'fbgemm_fp8' and 'smooth_quant'; use one of those, or the "
                    + "unquantised model with --dtype w4 or w8")
        }
    }

    private static func bitsandbytes(_ stated: JSONFile) -> CheckpointError {
        stated.unsupported(
            "quant_method",
            "is 'bitsandbytes', which is not supported: its weights are made for the kernels of one GPU library; "
                + "use the unquantised model, with --dtype w4 for 4 bits or --dtype w8 for 8 bits")
    }

    private static func awq(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        var quantization = WeightQuantization(.awq)
        let version = try stated.string("version")?.lowercased() ?? "gemm"
        guard version == "gemm" else {
            throw stated.unsupported(
                "version",
                "is \(quoted(version)), an order of weights for one kernel, which is not supported; supported is "
                    + "'gemm'")
        }
        quantization.bits = try bits(stated, ["bits", "w_bit"], supported: [4])
        quantization.group = try group(stated, ["group_size", "q_group_size"])
        quantization.isSymmetric = try stated.boolean("zero_point").map { !$0 }
        quantization.exceptions = try stated.strings("modules_to_not_convert")
        return quantization
    }

    private static func gptq(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        var quantization = WeightQuantization(.gptq)
        let format = try stated.string("checkpoint_format") ?? "gptq"
        guard ["gptq", "gptq_v2"].contains(format), try stated.boolean("is_marlin_format") != true else {
            throw stated.unsupported(
                "checkpoint_format",
                "is \(quoted(format == "gptq" ? "marlin" : format)), an order of weights for one kernel, which is "
                    + "not supported; supported are 'gptq' and 'gptq_v2'")
        }
        quantization.storesZerosLessOne = format == "gptq"
        quantization.bits = try bits(stated, ["bits"], supported: [4, 8])
        quantization.group = try group(stated, ["group_size"])
        quantization.isSymmetric = try stated.boolean("sym")
        quantization.ordersByActivation = try stated.boolean("desc_act") ?? false
        return quantization
    }

    private static func smoothQuant(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        var quantization = WeightQuantization(.smoothQuant)
        let type = try stated.string("quant_dtype") ?? "int8"
        guard ["int8", "float8_e4m3fn", "float8_e5m2"].contains(type) else {
            throw stated.unsupported(
                "quant_dtype",
                "is \(quoted(type)), which is not supported; supported are 'int8', 'float8_e4m3fn' and "
                    + "'float8_e5m2'")
        }
        quantization.bits = 8
        quantization.exceptions = try stated.strings("modules_to_not_convert")
        return quantization
    }

    private static func fp8(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        var quantization = WeightQuantization(.fp8)
        quantization.exceptions = try stated.strings("modules_to_not_convert")
        if let block = stated.value("weight_block_size") {
            quantization.scaleBlock = try scaleBlock(block, stated)
        }
        return quantization
    }

    // MARK: - Compressed tensors

    private static let compressedFormats = [
        "pack-quantized", "int-quantized", "naive-quantized", "float-quantized", "mixed-precision", "dense",
    ]

    private static func compressedTensors(_ stated: JSONFile) throws(CheckpointError) -> WeightQuantization {
        var quantization = WeightQuantization(.compressedTensors)
        try checkFormat(stated)
        if let sparsity = try stated.object("sparsity_config"),
            let format = try sparsity.string("format"), format != "dense"
        {
            throw sparsity.unsupported(
                "format", "is \(quoted(format)), which is not supported; supported are weights without holes")
        }
        guard let groups = try stated.object("config_groups") else { throw stated.missing("config_groups") }
        var found: [WeightQuantization] = []
        for member in groups.members.sortedByName() {
            guard let group = try groups.object(member) else { continue }
            try checkFormat(group)
            guard let weights = try group.object("weights") else { continue }
            found.append(try compressedWeights(weights, quantization))
        }
        if let first = found.first {
            // What all groups have in common; a layer's tensors say what it has.
            quantization.bits = found.allSatisfy { $0.bits == first.bits } ? first.bits : nil
            quantization.group = found.allSatisfy { $0.group == first.group } ? first.group : nil
            quantization.isSymmetric =
                found.allSatisfy { $0.isSymmetric == first.isSymmetric } ? first.isSymmetric : nil
        }
        quantization.scaleBlock = found.last { $0.scaleBlock != nil }?.scaleBlock
        quantization.exceptions = try stated.strings("ignore")
        return quantization
    }

    private static func checkFormat(_ stated: JSONFile) throws(CheckpointError) {
        guard let format = try stated.string("format"), !compressedFormats.contains(format) else { return }
        throw stated.unsupported(
            "format",
            "is \(quoted(format)), which is not supported; supported are "
                + compressedFormats.prefix(4).map { quoted($0) }.joined(separator: ", "))
    }

    private static func compressedWeights(
        _ weights: JSONFile, _ empty: WeightQuantization
    ) throws(CheckpointError) -> WeightQuantization {
        var quantization = empty
        let type = try weights.string("type") ?? "int"
        let bits = try weights.integer("num_bits", in: 1...64) ?? 8
        guard type == "float" ? bits == 8 : type == "int" && (bits == 4 || bits == 8) else {
            throw weights.unsupported(
                "type",
                "is \(quoted(type)) of \(bits) bits, which is not supported; supported are 'int' of 4 or 8 and "
                    + "'float' of 8 bits; use the unquantised model")
        }
        quantization.bits = bits
        quantization.isSymmetric = try weights.boolean("symmetric")
        quantization.group = try weights.integer("group_size", in: -1...ModelLimits.size)
        if try weights.string("strategy") == "channel" { quantization.group = -1 }
        if let block = weights.value("block_structure") {
            quantization.scaleBlock = try scaleBlock(block, weights)
        }
        return quantization
    }

    // MARK: - Fields

    private static func bits(
        _ stated: JSONFile, _ names: [String], supported: [Int]
    ) throws(CheckpointError) -> Int {
        for name in names {
            guard let bits = try stated.integer(name, in: 1...64) else { continue }
            guard supported.contains(bits) else {
                throw stated.unsupported(
                    name,
                    "is \(bits), which is not supported; supported is "
                        + supported.map(String.init).joined(separator: " or "))
            }
            return bits
        }
        return 4
    }

    private static func group(_ stated: JSONFile, _ names: [String]) throws(CheckpointError) -> Int? {
        for name in names {
            guard let group = try stated.integer(name, in: -1...ModelLimits.size) else { continue }
            guard group != 0 else {
                throw stated.invalid(name, expected: "a number of inputs, or -1 for all")
            }
            return group
        }
        return nil
    }

    private static func scaleBlock(
        _ value: JSONValue, _ stated: JSONFile
    ) throws(CheckpointError) -> (rows: Int, columns: Int) {
        let size = 1...ModelLimits.size
        guard case .array(let elements) = value, let (rows, columns) = elements.pair,
            case .integer(let rows) = rows.value, case .integer(let columns) = columns.value,
            size.contains(rows), size.contains(columns)
        else {
            throw stated.invalid("weight_block_size", value, expected: "two positive integers")
        }
        return (rows, columns)
    }
}
