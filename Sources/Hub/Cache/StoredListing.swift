internal import Checkpoints
internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The list of a commit's files as JSON, in the form that `huggingface_hub` keeps.
struct StoredListing: Codable {
    private struct Entry: Codable {
        var size: Int?
        var gitHash: String?
        var sha256: String?
        var largeSize: Int?

        enum CodingKeys: String, CodingKey {
            case size
            case gitHash = "blob_id"
            case sha256 = "lfs_sha256"
            case largeSize = "lfs_size"
        }
    }

    private var version = 1
    private var files: [String: Entry]

    enum CodingKeys: String, CodingKey {
        case version = "format_version"
        case files
    }

    private static let mostBytes = 64 << 20

    /// The list in a file; nil when there is none that can be read.
    static func read(_ path: String, commit: String) -> RemoteListing? {
        guard let bytes = FileSystem.status(of: path)?.byteCount, (1...mostBytes).contains(bytes),
            let file = try? MappedFile(path: path),
            let stored = try? JSONDecoder().decode(StoredListing.self, from: file.withBytes { Data($0) }),
            stored.version == 1
        else { return nil }
        let files = stored.files.sorted { $0.key < $1.key }.map { path, entry in
            RemoteFile(
                path: path, byteCount: entry.largeSize ?? entry.size,
                digest: (entry.sha256 ?? entry.gitHash).flatMap(RemoteFile.Digest.init(hexadecimal:)))
        }
        guard files.allSatisfy({ SafePath.isSafe($0.path) && ($0.byteCount ?? 0) >= 0 }) else { return nil }
        return RemoteListing(commit: commit, files: files)
    }

    static func write(_ listing: RemoteListing, to path: String) throws(HubError) {
        var files: [String: Entry] = [:]
        for file in listing.files {
            var entry = Entry(size: file.byteCount)
            switch file.digest {
            case .sha256(let text): (entry.sha256, entry.largeSize) = (text, file.byteCount)
            case .gitBlob(let text): entry.gitHash = text
            case nil: break
            }
            files[file.path] = entry
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(StoredListing(files: files)) else { return }
        try HubError.writing(path) { () throws(FileSystem.Failure) in
            try FileSystem.writeAtomically(String(decoding: data, as: UTF8.self), to: path)
        }
    }

    private init(files: [String: Entry]) {
        self.files = files
    }
}
