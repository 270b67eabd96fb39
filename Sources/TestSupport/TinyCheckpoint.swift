#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Writes tiny checkpoints in the layout of the Hugging Face hub.
package enum TinyCheckpoint {
    /// Write `config.json` and the weights of `spec` into `folder`, creating it when missing.
    ///
    /// One shard makes `model.safetensors`. More make `model-00001-of-0000N.safetensors` and so on with
    /// `model.safetensors.index.json`; tensors go round the shards in turn, so that one layer is spread out.
    package static func write(
        _ spec: TinyModelSpec, to folder: String, storage: TinyStorage = .f32, shards: Int = 1
    ) throws {
        precondition(shards >= 1 && shards <= max(1, spec.tensors.count), "every shard holds a tensor")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write(Array(spec.configJSON.utf8), to: folder + "/config.json")
        guard shards > 1 else {
            try write(safetensors(spec.tensors, storage: storage), to: folder + "/model.safetensors")
            return
        }
        var weightMap: [String: String] = [:]
        for shard in 0..<shards {
            let file = "model-\(fiveDigits(shard + 1))-of-\(fiveDigits(shards)).safetensors"
            let tensors = stride(from: shard, to: spec.tensors.count, by: shards).map { spec.tensors[$0] }
            for tensor in tensors {
                weightMap[tensor.name] = file
            }
            try write(safetensors(tensors, storage: storage), to: folder + "/" + file)
        }
        let totalBytes = spec.parameterCount * storage.bytesPerElement
        let entries = weightMap.sorted { $0.key < $1.key }
            .map { "    \(quoted($0.key)): \(quoted($0.value))" }
        let index = """
            {
              "metadata": {"total_size": \(totalBytes)},
              "weight_map": {
            \(entries.joined(separator: ",\n"))
              }
            }

            """
        try write(Array(index.utf8), to: folder + "/model.safetensors.index.json")
    }

    /// The bytes of one safetensors file: header length, JSON header padded to eight bytes, data.
    package static func safetensors(_ tensors: [TinyTensor], storage: TinyStorage) -> [UInt8] {
        var entries = [#""__metadata__":{"format":"pt"}"#]
        var data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            data += storage.bytes(tensor.values)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(storage.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(start),\(data.count)]}"
            )
        }
        let header = "{\(entries.joined(separator: ","))}"
        let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        return SafetensorsBuilder.file(header: header + padding, data: data)
    }

    // MARK: - Internals

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path, directoryHint: .notDirectory))
    }

    private static func fiveDigits(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }

    /// Tensor names here are plain identifiers; anything that needs escaping is a mistake in a test.
    private static func quoted(_ text: String) -> String {
        precondition(
            text.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\"" && $0 != "\\" },
            "tensor names are plain text"
        )
        return "\"" + text + "\""
    }
}
