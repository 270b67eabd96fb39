internal import Checkpoints

/// A model in the cache that ModelScope's client keeps.
///
/// Today's client uses `models/ORG--NAME/snapshots/REVISION/PATH`; earlier ones used
/// `models/ORG/NAME` or `hub/models/ORG/NAME` with dots in the name replaced by `___`, and no revisions. A
/// folder that an earlier client left is used further, as today's client does.
struct ModelScopeCache: ModelStore {
    private let storage: String
    private let legacyFolder: String?

    init(cacheFolder: String, identifier: String) {
        storage = cacheFolder + "/" + identifier.replacing("/", with: "--")
        let parts = identifier.split(separator: "/").map(String.init)
        let owner = parts.first ?? identifier
        let name = (parts.last ?? identifier).replacing(".", with: "___")
        let parent = cacheFolder.hasSuffix("/models") ? String(cacheFolder.dropLast(7)) : cacheFolder
        legacyFolder = ["\(cacheFolder)/\(owner)/\(name)", "\(parent)/hub/models/\(owner)/\(name)"].first {
            !FileSystem.entries(of: $0).isEmpty
        }
    }

    func commit(of revision: String) -> String? {
        FileSystem.kind(of: folder(of: revision)) == .folder ? revision : nil
    }

    func folder(of commit: String) -> String {
        legacyFolder ?? storage + "/snapshots/" + commit
    }

    func listing(of commit: String) -> RemoteListing? {
        StoredListing.read(listingPath(commit), commit: commit)
    }

    func place(of file: RemoteFile, tag: String, commit: String) throws(HubError) -> DownloadPlace {
        let destination = path(of: file.path, commit: commit)
        let lock = "\(storage)/.lmdeploy/locks/\(tag).lock"
        for path in [destination, lock] {
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
            try HubError.writing(folder) { () throws(FileSystem.Failure) in
                try FileSystem.makeFolders(folder)
            }
        }
        return DownloadPlace(
            destination: destination, foreignPartial: nil, lock: lock, stem: destination + "." + tag)
    }

    /// Files lie where they are read from.
    func publish(_ file: RemoteFile, tag: String, commit: String) throws(HubError) {}

    func finish(revision: String, listing: RemoteListing) throws(HubError) {
        let path = listingPath(listing.commit)
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        try HubError.writing(folder) { () throws(FileSystem.Failure) in
            try FileSystem.makeFolders(folder)
        }
        try StoredListing.write(listing, to: path)
    }

    func rememberMissing(_ path: String, commit: String) {}

    // MARK: - Internals

    private func listingPath(_ commit: String) -> String { "\(storage)/.lmdeploy/\(commit).json" }
}
