internal import JSON
internal import Tensors

/// What a model on disk says about itself, for people to read: also for architectures and tensor types that
/// cannot be run.
package struct CheckpointSummary: Sendable {
    package struct Field: Sendable, Equatable {
        package let key: String
        /// On one line: long texts and lists are cut.
        package let value: String
        /// Elements of a list, else nil.
        package let count: Int?
    }

    package struct Tensor: Sendable, Equatable {
        /// The name in the file.
        package let name: String
        /// Outermost dimension first.
        package let shape: [Int]
        /// The format's name for the type.
        package let type: String
        /// Whether models can be loaded from this type.
        package let isReadable: Bool
        /// Nil where the type is unknown.
        package let byteCount: Int?

        package var valueCount: Int {
            shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        }
    }

    /// "GGUF version 3", for example.
    package let format: String
    /// As the model names it.
    package let architecture: String?
    /// How linear layers were quantised, or why that cannot be read; nil where they were not, or a GGUF file has them.
    package let quantization: String?
    package let fileCount: Int
    /// Bytes of the files that hold tensors.
    package let byteCount: Int
    /// GGUF metadata in the order of the file; the fields of config.json or params.json by name.
    package let metadata: [Field]
    package let tensors: [Tensor]

    /// Reads the descriptions of a model, and none of its weights.
    package init(path: String) throws(CheckpointError) {
        switch FileSystem.kind(of: path) {
        case .folder where WorkspaceFolder.isWorkspace(path): try self.init(workspace: path)
        case .folder: try self.init(folder: path)
        case .file: try self.init(GGUFSummary(path: path))
        case .missing, .other:
            throw CheckpointError(
                .missingFile,
                "no model at \(quoted(path, limit: 1000)): give the path of a GGUF file or of a model folder")
        }
    }

    // MARK: - Internals

    private init(_ gguf: GGUFSummary) {
        format = "GGUF version \(gguf.version)"
        architecture = gguf.metadata.first { $0.key == "general.architecture" }.map {
            String($0.value.dropFirst().dropLast())
        }
        quantization = nil
        fileCount = gguf.files.count
        byteCount = gguf.files.reduce(0) { $0 + $1.byteCount }
        metadata = gguf.metadata.map { Field(key: $0.key, value: $0.value, count: $0.count) }
        tensors = gguf.tensors.map {
            Tensor(
                name: $0.name, shape: $0.shape, type: $0.type, isReadable: $0.isReadable,
                byteCount: $0.byteCount)
        }
    }

    private init(folder path: String) throws(CheckpointError) {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let isMeta = FileSystem.kind(of: folder + "/config.json") != .file
        let file = folder + "/" + (isMeta ? MetaFolder.parameters : "config.json")
        guard FileSystem.kind(of: file) == .file else {
            throw CheckpointError(
                .missingFile,
                "\(folder) has neither config.json nor \(MetaFolder.parameters); give a model folder or the "
                    + "path of a GGUF file")
        }
        let config = try JSONFile(file)
        var shards: [[StoredTensor]]
        switch try HuggingFaceWeights.read(folder) {
        case .tensors(let stored): shards = [stored]
        case .meta(let files): shards = try MetaFolder.read(files)
        }
        let stored = shards.flatMap { $0 }
        let files = Dictionary(stored.map { ($0.file.path, $0.file.byteCount) }) { first, _ in first }
        let isPyTorch = files.keys.contains { !$0.hasSuffix(".safetensors") }
        format =
            isMeta ? "Meta's original files" : "Hugging Face folder, \(isPyTorch ? "PyTorch" : "safetensors")"
        architecture = isMeta ? nil : Self.architecture(config)
        fileCount = files.count
        byteCount = files.values.reduce(0, +)
        metadata = config.members.sortedByName().map { member in
            Field(
                key: member.key.string, value: Self.text(member.value.value),
                count: member.value.elements?.count)
        }
        let found = isMeta ? nil : Self.quantization(folder, config, stored)
        quantization = found?.text
        tensors = stored.map { tensor in
            Tensor(
                name: tensor.name, shape: tensor.shape, type: tensor.element.name,
                isReadable: tensor.element.isFloat || found?.integers.contains(tensor.name) == true,
                byteCount: (StoredTensor.elementCount(tensor.shape) ?? 0) * tensor.element.byteCount)
        }.sorted { $0.name < $1.name }
    }

    /// What is known of the quantisation, and the names of tensors that are no parameters by themselves because of it.
    private static func quantization(
        _ folder: String, _ config: JSONFile, _ stored: [StoredTensor]
    ) -> (text: String, integers: Set<String>)? {
        do throws(CheckpointError) {
            let stated = try HuggingFaceFolder.quantization(folder, config)
            let index = StoredTensorIndex(stored) { !$0.isEmpty }
            let modules = IntegerModules(index, stated)
            var (found, integers) = (stated, Set<String>())
            for tensor in stored where !tensor.element.isFloat {
                let isInteger = try modules.parameter(tensor) != nil
                let isCompanion = try modules.isCompanion(tensor)
                guard isInteger || isCompanion else { continue }
                integers.insert(tensor.name)
                if isInteger, found == nil { found = modules.quantization(of: tensor) }
            }
            return found.map { ($0.description, integers) }
        } catch {
            return (error.message, [])
        }
    }

    private static func architecture(_ config: JSONFile) -> String? {
        guard case .array(let names)? = config.value("architectures") else { return nil }
        return names.first?.text?.string
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .string(let text): return quoted(text.string)
        case .array(let elements):
            let shown = elements.prefix(6).map { text($0.value) } + (elements.count > 6 ? ["…"] : [])
            return "[" + shown.joined(separator: ", ") + "]"
        case .object(let members):
            let shown = members.sortedByName().prefix(8).map {
                "\(quoted($0.key.string)): \(text($0.value.value))"
            }
            return "{" + (shown + (members.count > 8 ? ["…"] : [])).joined(separator: ", ") + "}"
        }
    }
}

extension StoredElement {
    var isFloat: Bool {
        if case .float = self { return true }
        return false
    }
}
