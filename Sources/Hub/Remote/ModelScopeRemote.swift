/// The API of modelscope.cn.
struct ModelScopeRemote: HubRemote {
    static let defaultRevision = "master"

    let transport: HTTPTransport
    let settings: HubSettings
    let identifier: String

    /// The API's names begin with capitals.
    private struct Answer: Decodable {
        struct Content: Decodable {
            let files: [File]?

            enum CodingKeys: String, CodingKey {
                case files = "Files"
            }
        }

        struct File: Decodable {
            let path: String
            let kind: String?
            let size: Int?
            let sha256: String?

            enum CodingKeys: String, CodingKey {
                case path = "Path"
                case kind = "Type"
                case size = "Size"
                case sha256 = "Sha256"
            }
        }

        let content: Content?
        let message: String?
        let success: Bool?

        enum CodingKeys: String, CodingKey {
            case content = "Data"
            case message = "Message"
            case success = "Success"
        }
    }

    func list(revision: String) async throws -> RemoteListing {
        let name = PercentCoding.encode(revision)
        let answer = try await json(
            Answer.self,
            address("/api/v1/models/\(identifier)/repo/files?Revision=\(name)&Recursive=true"),
            revision: revision
        ).value
        guard answer.success != false, let found = answer.content?.files else {
            throw HubError(
                .modelNotFound,
                "\(settings.endpoint) has no files for \(identifier) at revision \(revision): "
                    + (answer.message ?? "it does not say why").printable(limit: 200))
        }
        let files = found.filter { $0.kind != "tree" }.map { file in
            RemoteFile(
                path: file.path, byteCount: file.size,
                digest: file.sha256.flatMap { RemoteFile.Digest(hexadecimal: $0.lowercased()) })
        }
        return RemoteListing(commit: revision, files: try checked(files))
    }

    func address(of file: RemoteFile, commit: String) throws(HubError) -> WebAddress {
        let revision = PercentCoding.encode(commit)
        let path = PercentCoding.encode(file.path)
        return try address("/api/v1/models/\(identifier)/repo?Revision=\(revision)&FilePath=\(path)")
    }

    /// The tag names partial files and locks; without a digest in the list it comes from path and length.
    func describe(_ file: RemoteFile, commit: String) async throws -> (file: RemoteFile, tag: String) {
        let name = "\(commit) \(file.path) \(file.byteCount ?? -1)"
        return (file, file.digest?.text ?? ContentDigest.sha256(of: name))
    }
}
