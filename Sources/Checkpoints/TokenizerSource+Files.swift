internal import Tensors

extension TokenizerSource {
    private static let names =
        "tokenizer.json, tokenizer.model, *.tiktoken, vocab.json with merges.txt, or vocab.txt"

    /// Finds the tokenizer of a Hugging Face folder, or reads the file at `path`.
    ///
    /// In a folder the first of these wins: `tokenizer.json`, `tokenizer.model` (SentencePiece's, or ranks as
    /// tiktoken writes them), a `*.tiktoken` file, `vocab.json` with `merges.txt`, `vocab.txt`.
    package static func read(_ path: String) throws(CheckpointError) -> TokenizerSource {
        switch FileSystem.kind(of: path) {
        case .folder where WorkspaceFolder.isWorkspace(path):
            return try readFolder(WorkspaceFolder(path).tokenizer)
        case .folder:
            return try readFolder(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
        case .file:
            return try readFile(path)
        case .missing, .other:
            throw CheckpointError(
                .missingFile,
                "no tokenizer at \(quoted(path, limit: 1000)): give a GGUF file, a model folder, or one of "
                    + names)
        }
    }

    // MARK: - Internals

    private static func readFolder(_ folder: String) throws(CheckpointError) -> TokenizerSource {
        let ggufHead = WorkspaceFolder.ggufTokenizerName
        for name in [ggufHead, "tokenizer.json", "tokenizer.model"] where isFile(folder, name) {
            return try readFile(folder + "/" + name)
        }
        if let name = FileSystem.entries(of: folder).filter({ $0.hasSuffix(".tiktoken") }).min() {
            return try readFile(folder + "/" + name)
        }
        if isFile(folder, "vocab.json"), isFile(folder, "merges.txt") {
            return try readFile(folder + "/vocab.json")
        }
        if isFile(folder, "vocab.txt") { return try readFile(folder + "/vocab.txt") }
        throw CheckpointError(
            .missingFile,
            "\(folder) has no tokenizer; looked for \(names); download it from where the model came from")
    }

    private static func readFile(_ path: String) throws(CheckpointError) -> TokenizerSource {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        switch name {
        case "vocab.json", "merges.txt":
            return .bytePair(
                vocabJSON: try bytes(of: folder + "/vocab.json"),
                merges: try bytes(of: folder + "/merges.txt"),
                files: try sideFiles(folder))
        case "vocab.txt":
            return .wordPiece(vocabText: try bytes(of: path), files: try sideFiles(folder))
        default:
            break
        }
        let file = try MappedFile.open(path)
        if file.withBytes({ $0.starts(with: "GGUF".utf8) }) {
            return .gguf(try GGUFTokenizerReader(GGUFFile(file).metadata).read())
        }
        let contents = file.withBytes { Array($0) }
        if name.hasSuffix(".json") {
            let config = name == "tokenizer.json" ? try optionalBytes(folder, "tokenizer_config.json") : nil
            return .huggingFace(tokenizerJSON: contents, tokenizerConfigJSON: config)
        }
        if name.hasSuffix(".tiktoken") || areRanks(contents) {
            return .tiktoken(ranks: contents, name: name, files: try sideFiles(folder))
        }
        // A field of pieces, of which every SentencePiece model has some, begins with this byte.
        guard contents.first == 0x0A else {
            throw CheckpointError(
                .unsupported,
                "\(path) is no tokenizer that this program knows; expected a GGUF file or one of \(names)")
        }
        return .sentencePiece(model: contents, files: try sideFiles(folder))
    }

    /// Whether a file begins with a token in base 64, a space and a number on a line.
    private static func areRanks(_ bytes: [UInt8]) -> Bool {
        guard let end = bytes.prefix(2048).firstIndex(of: 0x0A) else { return false }
        let parts = bytes[..<end].split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        let isBase64 = parts[0].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
            }
        }
        return isBase64 && parts[1].allSatisfy { 0x30...0x39 ~= $0 || $0 == 0x0D }
    }

    private static func sideFiles(_ folder: String) throws(CheckpointError) -> TokenizerSideFiles {
        TokenizerSideFiles(
            configuration: try optionalBytes(folder, "tokenizer_config.json"),
            addedTokens: try optionalBytes(folder, "added_tokens.json"),
            specialTokensMap: try optionalBytes(folder, "special_tokens_map.json"))
    }

    private static func isFile(_ folder: String, _ name: String) -> Bool {
        FileSystem.kind(of: folder + "/" + name) == .file
    }

    private static func optionalBytes(_ folder: String, _ name: String) throws(CheckpointError) -> [UInt8]? {
        isFile(folder, name) ? try bytes(of: folder + "/" + name) : nil
    }

    private static func bytes(of path: String) throws(CheckpointError) -> [UInt8] {
        try MappedFile.open(path).withBytes { Array($0) }
    }
}
