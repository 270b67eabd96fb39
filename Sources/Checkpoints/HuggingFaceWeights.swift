/// Finds the weights of a Hugging Face model folder and reads their descriptions.
///
/// Of several forms the first of this list is taken: safetensors in parts, in one file, PyTorch files in parts,
/// in one file, Meta's original files.
enum HuggingFaceWeights {
    enum Found {
        case tensors([StoredTensor])
        /// Files with Meta's names, in the order of their numbers.
        case meta([String])
    }

    private struct Form {
        let index: String
        let single: String
        let read: @Sendable (String) throws(CheckpointError) -> [StoredTensor]
    }

    private static let forms = [
        Form(
            index: "model.safetensors.index.json", single: "model.safetensors", read: SafetensorsFile.read),
        Form(
            index: "pytorch_model.bin.index.json", single: "pytorch_model.bin", read: PyTorchFile.read),
    ]

    static func read(_ folder: String) throws(CheckpointError) -> Found {
        for form in forms {
            if FileSystem.kind(of: folder + "/" + form.index) == .file {
                return .tensors(try readShards(folder, form))
            }
            if FileSystem.kind(of: folder + "/" + form.single) == .file {
                return .tensors(try form.read(folder + "/" + form.single))
            }
        }
        let files = try MetaWeights.files(in: folder)
        guard files.isEmpty else { return .meta(files) }
        throw CheckpointError(
            .missingFile,
            "\(folder) has no weights: none of \(forms.map { "\($0.index), \($0.single)" }.joined(separator: ", "))"
                + " and consolidated.*.pth is there; download the model's weights into it"
        )
    }

    // MARK: - Internals

    private static func readShards(_ folder: String, _ form: Form) throws(CheckpointError) -> [StoredTensor] {
        let index = try JSONFile(folder + "/" + form.index)
        guard let map = try index.object("weight_map") else { throw index.missing("weight_map") }
        var namesByShard: [String: Set<String>] = [:]
        // By name, so that of several problems always the same one is reported.
        for (tensor, value) in map.members.sorted(by: { $0.key < $1.key }) {
            guard case .string(let shard) = value, isPlainFileName(shard) else {
                throw map.invalid(tensor, value, expected: "the name of a file in the same folder")
            }
            namesByShard[shard, default: []].insert(tensor)
        }
        var tensors: [StoredTensor] = []
        for (shard, names) in namesByShard.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + shard
            guard FileSystem.kind(of: path) == .file else {
                throw CheckpointError(
                    .missingFile,
                    "\(folder) has no \(quoted(shard)), which \(form.index) names; download the missing part"
                )
            }
            let found = try form.read(path)
            if let missing = names.subtracting(found.map(\.name)).min() {
                throw CheckpointError(
                    .malformed,
                    "\(path) has no tensor \(quoted(missing)), which \(form.index) places there; download "
                        + "both again"
                )
            }
            tensors += found
        }
        return tensors
    }

    /// Keeps a hostile index from reaching files outside of the folder.
    private static func isPlainFileName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
    }
}
