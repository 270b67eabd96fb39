internal import Checkpoints

/// A model as it lies in a cache, and whether all of it is there.
struct CachedSnapshot {
    let store: any ModelStore
    let selection: FileSelection

    /// The path to open; nil when something is missing.
    func path(of reference: ModelReference, revision: String) throws(HubError) -> String? {
        guard let commit = store.commit(of: revision),
            FileSystem.kind(of: store.folder(of: commit)) == .folder
        else { return nil }
        let entry: String?
        if let listing = store.listing(of: commit) {
            let choice = try selection.choose(
                from: listing.files, file: reference.file, of: reference.identifier)
            guard choice.files.allSatisfy({ store.has($0, commit: commit) }) else { return nil }
            entry = choice.entry
        } else {
            // Another program's download, which says nothing about what should be there.
            let files = Self.files(in: store.folder(of: commit))
            guard !files.isEmpty, Self.looksComplete(files) else { return nil }
            entry = try selection.choose(from: files, file: reference.file, of: reference.identifier).entry
        }
        return entry.map { store.path(of: $0, commit: commit) } ?? store.folder(of: commit)
    }

    /// Files below a folder, by relative path.
    static func files(in folder: String, deep levels: Int = 3) -> [RemoteFile] {
        FileSystem.entries(of: folder).sorted().flatMap { name -> [RemoteFile] in
            let path = folder + "/" + name
            switch FileSystem.kind(of: path) {
            case .file where !name.hasSuffix(".incomplete"):
                return [RemoteFile(path: name, byteCount: FileSystem.status(of: path)?.byteCount)]
            case .folder where levels > 1 && !name.hasPrefix("."):
                return files(in: path, deep: levels - 1).map {
                    RemoteFile(path: name + "/" + $0.path, byteCount: $0.byteCount)
                }
            default: return []
            }
        }
    }

    /// Whether there are weights, no part of them is missing, and a model in pieces has its other files.
    static func looksComplete(_ files: [RemoteFile]) -> Bool {
        let names = files.map(\.path)
        let hasGGUF = names.contains(where: GGUFVariant.isGGUF)
        let hasTokenizer = names.contains {
            $0.hasPrefix("tokenizer") || $0.hasPrefix("vocab") || $0.hasSuffix(".model")
                || $0.hasSuffix(".tiktoken")
        }
        let isFolder = names.contains("config.json") || names.contains("params.json")
        guard hasGGUF || (isFolder && hasTokenizer) else { return false }
        return ShardName.missing(in: names).isEmpty
    }
}
