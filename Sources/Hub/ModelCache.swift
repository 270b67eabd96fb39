internal import Checkpoints

/// The folder that holds fetched models: `$LMDEPLOY_CACHE`, else `~/.cache/lmdeploy`.
package struct ModelCache: Sendable {
    package let root: String

    package init(environment: [String: String]) {
        if let folder = environment["LMDEPLOY_CACHE"], !folder.isEmpty {
            root = folder
        } else if let home = environment["HOME"], !home.isEmpty {
            root = home + "/.cache/lmdeploy"
        } else {
            root = ".lmdeploy-cache"
        }
    }

    package init(root: String) {
        self.root = root
    }

    /// Where models lie, one GGUF file or Hugging Face folder each.
    package var modelsFolder: String { root + "/models" }

    package func path(of model: PackagedModel) -> String {
        modelsFolder + "/" + model.fileName
    }

    /// The models in the cache, by name.
    package func listCachedModels() -> [CachedModel] {
        FileSystem.entries(of: modelsFolder).sorted().compactMap { entry in
            let path = modelsFolder + "/" + entry
            switch FileSystem.kind(of: path) {
            case .file where entry.hasSuffix(".gguf"):
                let known = entry == DefaultModel.package.fileName ? DefaultModel.name : nil
                let bytes = FileSystem.status(of: path)?.byteCount ?? 0
                return CachedModel(name: known ?? String(entry.dropLast(5)), path: path, byteCount: bytes)
            case .folder where FileSystem.kind(of: path + "/config.json") == .file:
                return CachedModel(name: entry, path: path, byteCount: FileSystem.treeBytes(path))
            default:
                return nil
            }
        }
    }
}

/// A model in the cache.
package struct CachedModel: Sendable, Equatable {
    package let name: String
    package let path: String
    package let byteCount: Int
}
