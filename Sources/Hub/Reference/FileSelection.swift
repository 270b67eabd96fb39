/// Which files of a model to download.
package struct FileSelection: Sendable {
    /// Patterns of which a path must match one; empty for the default choice.
    package let include: [String]
    /// Patterns of which a path must match none.
    package let exclude: [String]

    package init(include: [String] = [], exclude: [String] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// The files to have, and the one among them to open when the model is one file.
    package struct Choice: Equatable {
        package var files: [RemoteFile]
        /// The path of the model when it is a GGUF file; nil for the folder.
        package var entry: String?
    }

    /// - Parameter file: the one file to take, or a part of its name.
    package func choose(
        from files: [RemoteFile], file: String?, of identifier: String
    ) throws(HubError) -> Choice {
        let patterns = exclude.map(GlobPattern.init)
        let candidates = files.filter { file in !patterns.contains { $0.matches(file.path) } }
        if let file { return try Self.one(file, candidates, identifier) }
        if include.isEmpty { return try defaultChoice(candidates, identifier) }
        let wanted = include.map(GlobPattern.init)
        let chosen = candidates.filter { file in wanted.contains { $0.matches(file.path) } }
        guard !chosen.isEmpty else {
            throw HubError(
                .noModelFiles,
                "no file of \(identifier) matches \(include.joined(separator: ", ").quotedForMessage); there "
                    + "are \(Self.sample(files))")
        }
        let isGGUF = chosen.allSatisfy { GGUFVariant.isGGUF($0.path) }
        let variants = isGGUF ? GGUFVariant.variants(of: chosen) : []
        return Choice(files: chosen, entry: variants.count == 1 ? variants.first?.entry : nil)
    }

    // MARK: - Internals

    private static func one(
        _ name: String, _ files: [RemoteFile], _ identifier: String
    ) throws(HubError) -> Choice {
        let variants = GGUFVariant.variants(of: files)
        if let variant = variants.first(where: { $0.files.contains { $0.path == name } }) {
            return Choice(files: variant.files, entry: variant.entry)
        }
        let matching = variants.filter { $0.isCalled(name) }
        switch matching.count {
        case 1: return Choice(files: matching[0].files, entry: matching[0].entry)
        case 0:
            throw HubError(
                .fileNotFound,
                "\(identifier) has no GGUF file \(name.quotedForMessage); there are "
                    + (variants.isEmpty ? sample(files) : GGUFVariant.list(variants)))
        default: throw ambiguous(matching, identifier, "\(name.quotedForMessage) fits several files of ")
        }
    }

    private func defaultChoice(_ files: [RemoteFile], _ identifier: String) throws(HubError) -> Choice {
        let side = files.filter { Self.isSideFile($0.path) }
        if let weights = Self.weights(files) {
            return Choice(files: side + weights, entry: nil)
        }
        let variants = GGUFVariant.variants(of: files)
        switch variants.count {
        case 1: return Choice(files: variants[0].files, entry: variants[0].entry)
        case 0:
            throw HubError(
                .noModelFiles,
                "\(identifier) has no *.safetensors, *.gguf, *.bin or *.pth files at its top, only "
                    + "\(Self.sample(files)): is it a model? (--include takes files by pattern)")
        default: throw Self.ambiguous(variants, identifier, "there are several GGUF files in ")
        }
    }

    /// The weights in the best form there is.
    private static func weights(_ files: [RemoteFile]) -> [RemoteFile]? {
        let top = files.filter { !$0.path.contains("/") }
        func with(_ suffix: String) -> [RemoteFile] { top.filter { $0.path.hasSuffix(suffix) } }
        let safetensors = with(".safetensors")
        if !safetensors.isEmpty {
            // The same weights once more, in the form of the model's authors.
            let others = safetensors.filter { !$0.path.hasPrefix("consolidated") }
            return others.isEmpty ? safetensors : others
        }
        let trainingState = ["training_args", "optimizer", "scheduler", "rng_state"]
        let binaries = with(".bin").filter { file in !trainingState.contains { file.path.hasPrefix($0) } }
        if !binaries.isEmpty { return binaries }
        let originals = with(".pth")
        return originals.isEmpty ? nil : originals
    }

    /// Configuration, vocabulary and templates.
    private static func isSideFile(_ path: String) -> Bool {
        if path.hasPrefix("additional_chat_templates/") { return path.hasSuffix(".jinja") }
        guard !path.contains("/"), !path.hasPrefix(".") else { return false }
        let suffixes = [".json", ".jinja", ".model", ".tiktoken", "merges.txt", "vocab.txt"]
        return suffixes.contains(where: path.hasSuffix)
            || (path.hasPrefix("tokenizer") && !path.hasSuffix(".py"))
    }

    private static func ambiguous(
        _ variants: [GGUFVariant], _ identifier: String, _ problem: String
    ) -> HubError {
        let example = variants[0].entry.split(separator: "/").last.map(String.init) ?? variants[0].entry
        return HubError(
            .ambiguous,
            "\(problem)\(identifier): \(GGUFVariant.list(variants)); choose one, for example "
                + "\(identifier):\(example.printable(limit: 200))")
    }

    private static func sample(_ files: [RemoteFile]) -> String {
        guard !files.isEmpty else { return "no files" }
        let names = files.prefix(8).map { $0.path.printable(limit: 80) }.joined(separator: ", ")
        return files.count > 8 ? names + " and \(files.count - 8) more" : names
    }
}
