internal import NIOHTTP1

/// The API of huggingface.co and its mirrors.
struct HuggingFaceRemote: HubRemote {
    static let defaultRevision = "main"

    let transport: HTTPTransport
    let settings: HubSettings
    let identifier: String

    private struct Model: Decodable {
        struct Sibling: Decodable { let rfilename: String }
        let sha: String
        let siblings: [Sibling]?
    }

    private struct Entry: Decodable {
        struct LargeFile: Decodable {
            let oid: String
            let size: Int
        }
        let type: String
        let path: String
        let oid: String?
        let size: Int?
        let lfs: LargeFile?
    }

    func list(revision: String) async throws -> RemoteListing {
        let name = PercentCoding.encode(revision)
        let model = try await json(
            Model.self, address("/api/models/\(identifier)/revision/\(name)"), revision: revision
        ).value
        guard HuggingFaceCache.isCommit(model.sha) else {
            throw HubError(
                .badResponse,
                "\(settings.endpoint) says that \(identifier) is at commit \(model.sha.quotedForMessage), which "
                    + "is no hash; check HF_ENDPOINT")
        }
        if let files = try await tree(model.sha) {
            return RemoteListing(commit: model.sha, files: try checked(files))
        }
        let files = (model.siblings ?? []).map { RemoteFile(path: $0.rfilename) }
        return RemoteListing(commit: model.sha, files: try checked(files))
    }

    func address(of file: RemoteFile, commit: String) throws(HubError) -> WebAddress {
        let path = PercentCoding.encode(file.path, keepingSlashes: true)
        return try address("/\(identifier)/resolve/\(commit)/\(path)")
    }

    func describe(_ file: RemoteFile, commit: String) async throws -> (file: RemoteFile, tag: String) {
        if let digest = file.digest, file.byteCount != nil { return (file, digest.text) }
        let address = try address(of: file, commit: commit)
        let response = try await retrying {
            let response = try await transport.send(address, method: .HEAD)
            guard response.status == 200 else {
                throw Waiting(failure(revision: commit, file: file.path).error(response), response)
            }
            return response
        }
        let hub = response.hubHeaders
        let tag = Self.tag(hub.first(name: "X-Linked-Etag") ?? response.headers.first(name: "ETag") ?? "")
        let isName = tag.utf8.count <= 128 && SafePath.isSafe(tag) && !tag.contains("/")
        guard isName, !tag.hasPrefix(".") else {
            throw HubError(
                .badResponse,
                "\(address.publicText) has no usable ETag (\(tag.quotedForMessage)); check HF_ENDPOINT and the "
                    + "proxy")
        }
        var described = file
        let length = hub.first(name: "X-Linked-Size") ?? response.headers.first(name: "Content-Length")
        described.byteCount = file.byteCount ?? length.flatMap { Int($0) }
        described.digest = file.digest ?? RemoteFile.Digest(hexadecimal: tag)
        _ = try checked([described])
        return (described, tag)
    }

    /// The value of an `ETag` without quotes and the mark of a weak one.
    static func tag(_ header: String) -> String {
        var text = header[...]
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        while text.hasPrefix("\"") { text = text.dropFirst() }
        while text.hasSuffix("\"") { text = text.dropLast() }
        return String(text)
    }

    // MARK: - Internals

    /// All files of a commit; nil from mirrors that do not know this question.
    private func tree(_ commit: String) async throws -> [RemoteFile]? {
        var page: WebAddress? = try address("/api/models/\(identifier)/tree/\(commit)?recursive=true")
        var files: [RemoteFile] = []
        var pages = 0
        while let current = page {
            pages += 1
            guard pages <= settings.limits.listPages, files.count <= settings.limits.listFiles else {
                throw HubError(
                    .badResponse, "the list of files of \(identifier) does not end (\(pages) pages): refused")
            }
            do {
                let answer = try await json([Entry].self, current, revision: commit)
                files += answer.value.filter { $0.type == "file" }.map(Self.file)
                page = answer.next
            } catch let error as HubError where pages == 1 && Self.isUnknownQuestion(error) {
                return nil
            }
        }
        return files
    }

    private static func isUnknownQuestion(_ error: HubError) -> Bool {
        [.modelNotFound, .revisionNotFound, .unexpectedStatus].contains(error.code)
    }

    private static func file(_ entry: Entry) -> RemoteFile {
        if let large = entry.lfs {
            return RemoteFile(
                path: entry.path, byteCount: large.size, digest: RemoteFile.Digest(hexadecimal: large.oid))
        }
        return RemoteFile(
            path: entry.path, byteCount: entry.size,
            digest: entry.oid.flatMap(RemoteFile.Digest.init(hexadecimal:)))
    }
}
