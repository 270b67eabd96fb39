internal import Checkpoints

/// Where the files of one model lie on disk, in the layout of a hub's own client.
protocol ModelStore: Sendable {
    /// The commit that a revision was when it was last downloaded, nil when it was not.
    func commit(of revision: String) -> String?
    /// The folder a model is opened from.
    func folder(of commit: String) -> String
    /// The list of all files of a commit, when it was kept.
    func listing(of commit: String) -> RemoteListing?
    /// Where a file's content goes, and what guards it.
    func place(of file: RemoteFile, tag: String, commit: String) throws(HubError) -> DownloadPlace
    /// Makes a downloaded file appear in the folder of its commit.
    func publish(_ file: RemoteFile, tag: String, commit: String) throws(HubError)
    /// Remembers what a revision is, after all its files are there.
    func finish(revision: String, listing: RemoteListing) throws(HubError)
    /// Remembers that a commit has no such file.
    func rememberMissing(_ path: String, commit: String)
}

/// The paths of one download.
struct DownloadPlace: Equatable {
    /// Where the finished file goes.
    let destination: String
    /// Where it grows.
    var partial: String { stem + ".lmdeploy.incomplete" }
    /// Which parts of the partial file are there.
    var ledger: String { stem + ".lmdeploy.parts.incomplete" }
    /// The beginning of a file that another program may have left.
    let foreignPartial: String?
    let lock: String
    let stem: String
}

extension ModelStore {
    func path(of file: String, commit: String) -> String {
        folder(of: commit) + "/" + file
    }

    /// Whether a file is there, as long as it should be.
    func has(_ file: RemoteFile, commit: String) -> Bool {
        guard let status = FileSystem.status(of: path(of: file.path, commit: commit)) else { return false }
        return file.byteCount.map { $0 == status.byteCount } ?? true
    }
}
