internal import Checkpoints

/// A model in the cache that `huggingface_hub` keeps.
///
/// `models--ORG--NAME` holds `blobs/ETAG`, `refs/REVISION` with the commit's hash, and
/// `snapshots/COMMIT/PATH`, which are symbolic links to the blobs. Locks are in `.locks` beside it. The list of
/// a commit's files is in `trees` where `huggingface_hub` wrote it. Ours goes to `.lmdeploy`: in `trees` it
/// would make `huggingface_hub` refuse, without a network, a model of which only some files were downloaded.
struct HuggingFaceCache: ModelStore {
    let cacheFolder: String
    let folderName: String

    init(cacheFolder: String, identifier: String) {
        self.cacheFolder = cacheFolder
        folderName = Self.folderName(of: identifier)
    }

    static let folderPrefix = "models--"

    static func folderName(of identifier: String) -> String {
        folderPrefix + identifier.replacing("/", with: "--")
    }

    /// The hub's identifier that a folder's name stands for.
    static func identifier(ofFolder name: String) -> String? {
        guard name.hasPrefix(folderPrefix) else { return nil }
        let rest = name.dropFirst(folderPrefix.count)
        guard let separator = rest.firstRange(of: "--") else { return nil }
        let identifier = rest[..<separator.lowerBound] + "/" + rest[separator.upperBound...]
        return ModelReference.isReference(String(identifier)) ? String(identifier) : nil
    }

    static func isCommit(_ text: String) -> Bool {
        if case .gitBlob? = RemoteFile.Digest(hexadecimal: text) { true } else { false }
    }

    // MARK: - Looking

    func commit(of revision: String) -> String? {
        if Self.isCommit(revision) { return revision }
        guard let text = FileSystem.smallText(storage + "/refs/" + revision) else { return nil }
        let commit = text.filter { !$0.isWhitespace }
        return Self.isCommit(commit) ? commit : nil
    }

    func folder(of commit: String) -> String {
        storage + "/snapshots/" + commit
    }

    func listing(of commit: String) -> RemoteListing? {
        StoredListing.read(ownListing(commit), commit: commit)
            ?? StoredListing.read("\(storage)/trees/\(commit).json", commit: commit)
    }

    func place(of file: RemoteFile, tag: String, commit: String) throws(HubError) -> DownloadPlace {
        try makeFolders([storage + "/blobs", locks])
        let blob = storage + "/blobs/" + tag
        return DownloadPlace(
            destination: blob, foreignPartial: blob + ".incomplete", lock: "\(locks)/\(tag).lock", stem: blob)
    }

    // MARK: - Changing

    func publish(_ file: RemoteFile, tag: String, commit: String) throws(HubError) {
        let pointer = path(of: file.path, commit: commit)
        let parts = file.path.split(separator: "/")
        let folder = parts.dropLast().reduce(self.folder(of: commit)) { $0 + "/" + $1 }
        try makeFolders([folder])
        let up = Array(repeating: "../", count: parts.count + 1).joined()
        do {
            try FileSystem.link(pointer, to: up + "blobs/" + tag, movingInstead: storage + "/blobs/" + tag)
        } catch {
            throw HubError.cannotWrite(pointer, error)
        }
    }

    func finish(revision: String, listing: RemoteListing) throws(HubError) {
        try makeFolders([storage + "/.lmdeploy"])
        try StoredListing.write(listing, to: ownListing(listing.commit))
        if revision != listing.commit, commit(of: revision) != listing.commit {
            let path = storage + "/refs/" + revision
            try makeFolders([String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])])
            try HubError.writing(path) { () throws(FileSystem.Failure) in
                try FileSystem.writeAtomically(listing.commit, to: path)
            }
        }
        let tag = cacheFolder + "/CACHEDIR.TAG"
        if FileSystem.kind(of: tag) == .missing {
            // Tells backup programs to leave the folder out; no harm without it.
            try? FileSystem.writeAtomically("Signature: 8a477f597d28d172789f06886806bc55\n", to: tag)
        }
    }

    func rememberMissing(_ path: String, commit: String) {
        let marker = "\(storage)/.no_exist/\(commit)/\(path)"
        guard let slash = marker.lastIndex(of: "/") else { return }
        // Others only save a question with it.
        try? FileSystem.makeFolders(String(marker[..<slash]))
        try? FileSystem.writeAtomically("", to: marker)
    }

    // MARK: - Internals

    private var storage: String { cacheFolder + "/" + folderName }
    private var locks: String { cacheFolder + "/.locks/" + folderName }
    private func ownListing(_ commit: String) -> String { "\(storage)/.lmdeploy/\(commit).json" }

    private func makeFolders(_ folders: [String]) throws(HubError) {
        for folder in folders {
            try HubError.writing(folder) { () throws(FileSystem.Failure) in
                try FileSystem.makeFolders(folder)
            }
        }
    }
}
