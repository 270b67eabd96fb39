internal import Checkpoints

extension HubClient {
    /// The models in the cache that have weights, by name.
    package func listCachedModels() -> [CachedModel] {
        let root = settings.cacheFolder
        return FileSystem.entries(of: root).sorted().compactMap { folder in
            let storage = root + "/" + folder
            switch settings.service {
            case .huggingFace:
                guard let identifier = HuggingFaceCache.identifier(ofFolder: folder) else { return nil }
                return Self.model(identifier, storage)
            case .modelScope:
                guard let separator = folder.firstRange(of: "--") else { return nil }
                let owner = folder[..<separator.lowerBound]
                return Self.model("\(owner)/\(folder[separator.upperBound...])", storage)
            }
        }
    }

    // MARK: - Internals

    private static func model(_ identifier: String, _ storage: String) -> CachedModel? {
        let snapshots = storage + "/snapshots"
        let branch = FileSystem.smallText(storage + "/refs/main")?.filter { !$0.isWhitespace }
        let names = FileSystem.entries(of: snapshots).sorted()
        let candidates = names.filter { $0 == branch } + names.filter { $0 != branch }
        for name in candidates {
            let path = snapshots + "/" + name
            let files = CachedSnapshot.files(in: path)
            guard files.contains(where: { isWeights($0.path) }),
                ShardName.missing(in: files.map(\.path)).isEmpty
            else { continue }
            let bytes = files.reduce(0) { $0 + ($1.byteCount ?? 0) }
            return CachedModel(name: identifier, path: path, byteCount: bytes)
        }
        return nil
    }

    private static func isWeights(_ path: String) -> Bool {
        [".safetensors", ".gguf", ".bin", ".pth"].contains(where: path.lowercased().hasSuffix)
    }
}
