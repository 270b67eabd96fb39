internal import JSON

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
        var tensors: [StoredTensor] = []
        var rest = try membersByShard(map)[...]
        while let shard = rest.first?.value.text {
            let members = rest.prefix { $0.value.text == shard }
            rest = rest[members.endIndex...]
            let path = folder + "/" + shard.string
            guard FileSystem.kind(of: path) == .file else {
                throw CheckpointError(
                    .missingFile,
                    "\(folder) has no \(quoted(shard.string)), which \(form.index) names; download the missing part"
                )
            }
            let found = try form.read(path)
            let known = Set(found.lazy.map(\.name))
            if let missing = members.first(where: { !known.contains($0.key.string) }) {
                throw CheckpointError(
                    .malformed,
                    "\(path) has no tensor \(quoted(missing.key.string)), which \(form.index) places there; "
                        + "download both again"
                )
            }
            tensors += found
        }
        return tensors
    }

    /// The members of a map from tensors to files, in the order of the files and then of the tensors.
    private static func membersByShard(_ map: JSONFile) throws(CheckpointError) -> [JSONMember] {
        let members = map.members.sortedByName()
        // By name, so that of several problems always the same one is reported.
        for member in members {
            guard let shard = member.value.text, isPlainFileName(shard.string) else {
                throw map.invalid(
                    member.key.string, member.value.value, expected: "the name of a file in the same folder")
            }
        }
        return members.sorted { first, second in
            guard let shard = first.value.text, let other = second.value.text, shard != other else {
                return first.key < second.key
            }
            return shard < other
        }
    }

    /// Keeps a hostile index from reaching files outside of the folder.
    private static func isPlainFileName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
    }
}
