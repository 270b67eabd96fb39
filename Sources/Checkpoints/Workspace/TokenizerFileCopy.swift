internal import Tensors

/// Copies what a model's tokenizer and chat templates are read from.
enum TokenizerFileCopy {
    /// Vocabularies, in the order in which readers look for them.
    private static let vocabularies = [
        "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt",
    ]
    /// What says more about a vocabulary or the model.
    private static let others = [
        "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json", "generation_config.json",
        "config.json", "chat_template.jinja", "chat_template.json",
    ]
    private static let templateFolder = "additional_chat_templates"

    /// - Parameters:
    ///   - source: a GGUF file, a model folder, or one file of a vocabulary.
    ///   - folder: an existing folder.
    static func copy(from source: String, to folder: String) throws(CheckpointError) {
        switch FileSystem.kind(of: source) {
        case .folder:
            let from = source.count > 1 && source.hasSuffix("/") ? String(source.dropLast()) : source
            try copyVocabularies(from, to: folder)
            try copyOthers(from, to: folder)
        case .file:
            try copyFile(source, to: folder)
        case .missing, .other:
            throw CheckpointError(
                .missingFile,
                "no tokenizer at \(quoted(source, limit: 1000)): give a GGUF file, a folder, or one of "
                    + vocabularies.joined(separator: ", "))
        }
        // Says now what a start would say later.
        _ = try TokenizerSource.read(folder)
    }

    // MARK: - Internals

    private static func copyVocabularies(_ source: String, to folder: String) throws(CheckpointError) {
        let ranks = FileSystem.entries(of: source).filter { $0.hasSuffix(".tiktoken") }
        for name in vocabularies + ranks.sorted() {
            try copyIfThere(source + "/" + name, to: folder + "/" + name)
        }
    }

    private static func copyOthers(_ source: String, to folder: String) throws(CheckpointError) {
        for name in others { try copyIfThere(source + "/" + name, to: folder + "/" + name) }
        let templates = FileSystem.entries(of: source + "/" + templateFolder).filter {
            $0.hasSuffix(".jinja")
        }
        guard !templates.isEmpty else { return }
        let target = folder + "/" + templateFolder
        do {
            _ = try OutputSystem.makeFolder(target)
        } catch {
            throw .unwritable(target, error.reason)
        }
        for name in templates.sorted() {
            try copyIfThere("\(source)/\(templateFolder)/\(name)", to: "\(target)/\(name)")
        }
    }

    /// One file of a vocabulary, under a name that readers look for, and what stands beside it.
    private static func copyFile(_ path: String, to folder: String) throws(CheckpointError) {
        let file = try MappedFile.open(path)
        if file.withBytes({ $0.starts(with: "GGUF".utf8) }) {
            return try GGUFHead.write(
                GGUFParts.open(path).metadata, to: folder + "/" + WorkspaceFolder.ggufTokenizerName)
        }
        let slash = path.lastIndex(of: "/")
        let source = slash.map { $0 == path.startIndex ? "" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        switch name {
        case "vocab.json", "merges.txt":
            try copyIfThere(source + "/vocab.json", to: folder + "/vocab.json")
            try copyIfThere(source + "/merges.txt", to: folder + "/merges.txt")
        case _ where vocabularies.contains(name) || name.hasSuffix(".tiktoken"):
            try copyIfThere(path, to: folder + "/" + name)
        default:
            try copyIfThere(
                path, to: folder + (name.hasSuffix(".json") ? "/tokenizer.json" : "/tokenizer.model"))
        }
        try copyOthers(source, to: folder)
    }

    private static func copyIfThere(_ source: String, to target: String) throws(CheckpointError) {
        guard FileSystem.kind(of: source) == .file else { return }
        let file = try MappedFile.open(source)
        let stream = try OutputStream(target)
        try file.withBytes { (bytes) throws(CheckpointError) in try stream.write(bytes) }
        try stream.finish()
    }
}
