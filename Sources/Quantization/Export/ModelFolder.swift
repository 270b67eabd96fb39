internal import Checkpoints
internal import JSON

/// Writes the folder that other programs read: shards, index, configuration, and the tokenizer's files.
struct ModelFolder {
    let checkpoint: Checkpoint
    let options: QuantizationOptions

    /// Most bytes of a shard.
    static let shardBytes = 2 << 30

    /// - Parameters:
    ///   - layers: the finished layers' files.
    ///   - folder: an empty folder.
    func write(layers: [String], to folder: String) throws(QuantizationError) {
        var entries: [SafetensorsFile.Entry] = []
        for layer in layers { entries += try LayerFile.entries(layer) }
        let quantized = checkpoint.tensors.keys.filter { $0.hasPrefix("model.layers.") }
        let plain = checkpoint.tensors.values.filter { !quantized.contains($0.name) }
        entries += plain.sorted { $0.name < $1.name }.map { PlainTensor.entry($0) }
        try writeShards(entries, to: folder)
        try writeText(try configuration().text, to: folder + "/config.json")
        try copyFiles(to: folder)
    }

    // MARK: - Internals

    private func writeShards(_ entries: [SafetensorsFile.Entry], to folder: String) throws(QuantizationError)
    {
        var shards: [[SafetensorsFile.Entry]] = [[]]
        var bytes = 0
        for entry in entries {
            if bytes > 0 && bytes + entry.byteCount > Self.shardBytes {
                shards.append([])
                bytes = 0
            }
            shards[shards.count - 1].append(entry)
            bytes += entry.byteCount
        }
        guard shards.count > 1 else {
            return try SafetensorsFile.write(entries, to: folder + "/model.safetensors")
        }
        var map: [JSONOutput.Member] = []
        for (index, shard) in shards.enumerated() {
            let name = "model-\(Self.padded(index + 1))-of-\(Self.padded(shards.count)).safetensors"
            try SafetensorsFile.write(shard, to: folder + "/" + name)
            map += shard.map { .init($0.name, .string(name)) }
        }
        let total = entries.reduce(0) { $0 + $1.byteCount }
        let index = JSONOutput.object([
            .init("metadata", .object([.init("total_size", .integer(total))])),
            .init("weight_map", .object(map.sorted { $0.name < $1.name })),
        ])
        try writeText(index.text, to: folder + "/model.safetensors.index.json")
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private func configuration() throws(QuantizationError) -> JSONOutput {
        let path = checkpoint.path + "/config.json"
        let file = try InputFile(path: path)
        let bytes = try file.read(0..<file.byteCount)
        var configuration: JSONOutput
        do {
            configuration = JSONOutput(try JSONDocument(bytes).root)
        } catch {
            throw .file(path: path, reason: "\(error)")
        }
        configuration.set("torch_dtype", .string("float16"))
        configuration.set("quantization_config", quantization)
        return configuration
    }

    private var quantization: JSONOutput {
        switch options.method {
        case .awq, .rtn:
            .object([
                .init("quant_method", .string("awq")), .init("version", .string("gemm")),
                .init("bits", .integer(4)),
                .init("group_size", .integer(options.group)),
                .init("zero_point", .boolean(!options.isSymmetric)),
            ])
        case .gptq:
            .object([
                .init("quant_method", .string("gptq")), .init("bits", .integer(4)),
                .init("group_size", .integer(options.group)), .init("desc_act", .boolean(false)),
                .init("sym", .boolean(options.isSymmetric)), .init("checkpoint_format", .string("gptq")),
                .init("damp_percent", .number(0.01)),
            ])
        case .smoothQuant:
            .object([
                .init("quant_method", .string("smooth_quant")), .init("quant_dtype", .string("int8")),
            ])
        }
    }

    /// Everything that belongs to the model and is no weight: the tokenizer, the template, the licence.
    private func copyFiles(to folder: String) throws(QuantizationError) {
        for name in FileSystem.entries(of: checkpoint.path).sorted() where Self.isCopied(name) {
            let source = checkpoint.path + "/" + name
            guard FileSystem.kind(of: source) == .file else { continue }
            let input = try InputFile(path: source)
            let output = try OutputFile(path: folder + "/" + name)
            for first in stride(from: 0, to: input.byteCount, by: 1 << 22) {
                try output.write(try input.read(first..<min(first + 1 << 22, input.byteCount)))
            }
            try output.finish()
        }
    }

    private static let weightSuffixes = [
        ".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx", ".index.json",
    ]

    private static func isCopied(_ name: String) -> Bool {
        name != "config.json" && !name.hasPrefix(".") && !weightSuffixes.contains { name.hasSuffix($0) }
    }

    private func writeText(_ text: String, to path: String) throws(QuantizationError) {
        let file = try OutputFile(path: path)
        try file.write(Array(text.utf8))
        try file.finish()
    }
}
