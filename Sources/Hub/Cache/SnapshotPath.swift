/// Paths in the caches of hubs.
package enum SnapshotPath {
    /// The model's name where `path` is `…/models--ORG--NAME/snapshots/COMMIT`, which ends with a hash that
    /// tells nobody anything.
    package static func modelName(of path: String) -> String? {
        let parts = path.split(separator: "/")
        guard parts.count >= 3, parts[parts.count - 2] == "snapshots" else { return nil }
        var folder = parts[parts.count - 3]
        if folder.hasPrefix(HuggingFaceCache.folderPrefix) {
            folder = folder.dropFirst(HuggingFaceCache.folderPrefix.count)
        }
        guard let separator = folder.firstRange(of: "--"), separator.upperBound < folder.endIndex else {
            return nil
        }
        return String(folder[separator.upperBound...])
    }
}
