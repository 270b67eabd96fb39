/// A file of a model, as a hub lists it.
package struct RemoteFile: Sendable, Equatable {
    /// What a file's content must hash to, in lower-case hexadecimal.
    package enum Digest: Sendable, Equatable {
        case sha256(String)
        /// SHA-1 as git computes it for a blob.
        case gitBlob(String)

        package var text: String {
            switch self {
            case .sha256(let text), .gitBlob(let text): text
            }
        }

        /// The digest that 64 or 40 hexadecimal digits are.
        init?(hexadecimal text: String) {
            let isHexadecimal = text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
            guard isHexadecimal else { return nil }
            switch text.utf8.count {
            case 64: self = .sha256(text)
            case 40: self = .gitBlob(text)
            default: return nil
            }
        }
    }

    /// Relative, with slashes; checked with `SafePath`.
    package let path: String
    package var byteCount: Int?
    package var digest: Digest?

    package init(path: String, byteCount: Int? = nil, digest: Digest? = nil) {
        self.path = path
        self.byteCount = byteCount
        self.digest = digest
    }
}

/// The files of a model at one commit.
package struct RemoteListing: Sendable, Equatable {
    /// The commit's hash, or the revision where the hub has no such thing.
    package let commit: String
    package let files: [RemoteFile]

    package init(commit: String, files: [RemoteFile]) {
        self.commit = commit
        self.files = files
    }
}
