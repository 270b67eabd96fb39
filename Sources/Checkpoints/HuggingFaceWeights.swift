/// Finds the safetensors files of a Hugging Face model folder and reads their headers.
enum HuggingFaceWeights {
    private static let singleName = "model.safetensors"
    private static let indexName = "model.safetensors.index.json"

    static func read(_ folder: String) throws(CheckpointError) -> [CheckpointTensor] {
        if FileSystem.kind(of: folder + "/" + indexName) == .file {
            return try readShards(folder)
        }
        if FileSystem.kind(of: folder + "/" + singleName) == .file {
            return try SafetensorsFile.read(folder + "/" + singleName)
        }
        let entries = FileSystem.entries(of: folder)
        if let pickled = entries.sorted().first(where: { $0.hasPrefix("pytorch_model") }) {
            throw CheckpointError(
                .unsupported,
                "\(folder) has PyTorch weights (\(quoted(pickled))) but no \(singleName); save the model as "
                    + "safetensors"
            )
        }
        throw CheckpointError(
            .missingFile,
            "\(folder) has neither \(singleName) nor \(indexName); download the model's weights into it"
        )
    }

    // MARK: - Internals

    private static func readShards(_ folder: String) throws(CheckpointError) -> [CheckpointTensor] {
        let indexPath = folder + "/" + indexName
        let index = try JSONFile(indexPath)
        guard let map = try index.object("weight_map") else { throw index.missing("weight_map") }
        var namesByShard: [String: Set<String>] = [:]
        for (tensor, value) in map.members {
            guard case .string(let shard) = value, isPlainFileName(shard) else {
                throw map.invalid(tensor, value, expected: "the name of a file in the same folder")
            }
            namesByShard[shard, default: []].insert(tensor)
        }
        var tensors: [String: CheckpointTensor] = [:]
        for (shard, names) in namesByShard.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + shard
            guard FileSystem.kind(of: path) == .file else {
                throw CheckpointError(
                    .missingFile,
                    "\(folder) has no \(quoted(shard)), which \(indexName) names; download the missing part"
                )
            }
            let found = try SafetensorsFile.read(path)
            if let missing = names.subtracting(found.map(\.name)).min() {
                throw CheckpointError(
                    .malformed,
                    "\(path) has no tensor \(quoted(missing)), which \(indexName) places there; download "
                        + "both again"
                )
            }
            for tensor in found {
                guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                    throw CheckpointError(
                        .malformed,
                        "\(path): the tensor \(quoted(tensor.name)) is in another part as well; download the "
                            + "model again"
                    )
                }
            }
        }
        return Array(tensors.values)
    }

    /// Keeps a hostile index from reaching files outside of the folder.
    private static func isPlainFileName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
    }
}
