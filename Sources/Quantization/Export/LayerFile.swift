internal import Checkpoints
internal import JSON
internal import Tensors

/// The tensors of finished layers, in a file of their own until all are there.
enum LayerFile {
    static func name(_ layer: Int) -> String { "layer-\(layer).safetensors" }

    static func write(
        _ layer: LayerQuantizer.Layer, of weights: String, options: QuantizationOptions, to path: String
    ) throws(QuantizationError) {
        var tensors: [OutputTensor] = []
        for role in LayerWeights.Role.allCases {
            guard let held = layer.linears[role] else { continue }
            let name = weights + role.suffix
            switch held {
            case .groups(let quantized):
                tensors +=
                    options.method == .gptq
                    ? try GPTQPacking.tensors(quantized, name: name)
                    : try AWQPacking.tensors(quantized, name: name)
            case .channels(let quantized):
                tensors.append(
                    OutputTensor(name + ".weight", [quantized.outputs, quantized.inputs], quantized.values))
                tensors.append(
                    OutputTensor(name + ".scale", [quantized.outputs, 1], floats: quantized.scales))
            }
            if let bias = layer.biases[role] {
                tensors.append(
                    OutputTensor(
                        name + ".bias", [bias.count], halves: try Halves.of(bias, tensor: name + ".bias")))
            }
        }
        for (name, norm) in [
            (LayerWeights.attentionNormName, layer.attentionNorm), (LayerWeights.mlpNormName, layer.mlpNorm),
        ] {
            tensors.append(
                OutputTensor(
                    weights + name, [norm.count], halves: try Halves.of(norm, tensor: weights + name)))
        }
        let partial = path + ".part"
        try SafetensorsFile.write(tensors.map { SafetensorsFile.Entry($0) }, to: partial)
        try Folder.rename(partial, to: path)
    }

    /// The tensors of a file that was written before, to be copied into another one.
    static func entries(_ path: String) throws(QuantizationError) -> [SafetensorsFile.Entry] {
        let file: InputFile
        let header: [UInt8]
        let document: JSONDocument
        do {
            file = try InputFile(path: path)
            let length = try file.read(0..<8).reversed().reduce(0) { $0 << 8 | Int($1) }
            header = try file.read(8..<8 + length)
            document = try JSONDocument(header)
        } catch {
            throw .file(path: path, reason: "\(error); remove the folder it is in and start again")
        }
        let start = 8 + header.count
        var entries: [SafetensorsFile.Entry] = []
        guard let members = document.root.members else {
            throw .file(path: path, reason: "is damaged; remove the folder it is in and start again")
        }
        for member in members where member.key.string != "__metadata__" {
            guard let entry = entry(member, file, start: start) else {
                throw .file(path: path, reason: "is damaged; remove the folder it is in and start again")
            }
            entries.append(entry)
        }
        return entries
    }

    private static func entry(_ member: JSONMember, _ file: InputFile, start: Int) -> SafetensorsFile.Entry? {
        guard let fields = member.value.members,
            let element = fields["dtype"]?.text.flatMap({ OutputTensor.Element(rawValue: $0.string) }),
            let shape = fields["shape"]?.elements?.compactMap({ $0.double.map { Int($0) } }),
            let offsets = fields["data_offsets"]?.elements?.compactMap({ $0.double.map { Int($0) } }),
            offsets.count == 2, offsets[0] >= 0,
            offsets[1] - offsets[0] == shape.reduce(1, *) * element.byteCount
        else { return nil }
        return SafetensorsFile.Entry(name: member.key.string, element: element, shape: shape) {
            output throws(QuantizationError) in
            for first in stride(from: offsets[0], to: offsets[1], by: 1 << 22) {
                try output.write(try file.read(start + first..<start + min(first + 1 << 22, offsets[1])))
            }
        }
    }
}

/// Rounding to fp16.
enum Halves {
    static func of(_ values: [Float], tensor: String) throws(QuantizationError) -> [UInt16] {
        let halves = values.map { HalfFloat.bits($0) }
        guard halves.allSatisfy({ $0 & 0x7C00 != 0x7C00 }) else { throw .scaleRange(tensor: tensor, row: 0) }
        return halves
    }
}
