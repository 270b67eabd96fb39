import Crypto
import Foundation
import Hub
import Synchronization
import TestSupport

/// A hub with one model, which behaves as huggingface.co does unless a test says otherwise.
final class FakeHub: Sendable {
    typealias Request = RawServer.Request
    typealias Step = RawServer.Step

    /// What to answer in place of the right answer; the number counts requests of the same path from 1.
    typealias Fault = @Sendable (_ request: Request, _ number: Int, _ right: [Step]) -> [Step]?

    static let identifier = "tiny-org/tiny-model"
    static let commit = "0123456789abcdef0123456789abcdef01234567"

    let files: [String: [UInt8]]
    let folder: TemporaryFolder
    let server: RawServer

    var requests: [Request] { server.requests }
    var endpoint: String { "http://127.0.0.1:\(server.port)" }
    var cacheFolder: String { folder.path("hub") }
    var storage: String { cacheFolder + "/models--tiny-org--tiny-model" }
    var snapshot: String { storage + "/snapshots/" + Self.commit }

    init(_ files: [String: [UInt8]] = FakeHub.tinyModel, fault: @escaping Fault = { _, _, _ in nil }) throws {
        self.files = files
        folder = try TemporaryFolder()
        let counts = Mutex<[String: Int]>([:])
        let port = Mutex(0)
        server = try RawServer { request in
            let number = counts.withLock { counts in
                counts[request.path, default: 0] += 1
                return counts[request.path] ?? 1
            }
            let right = Self.answer(request, files, port: port.withLock { $0 })
            return fault(request, number, right) ?? right
        }
        port.withLock { [server] in $0 = server.port }
    }

    deinit { server.stop() }

    /// Settings that lose no time.
    func settings(_ variables: [String: String] = [:]) throws -> HubSettings {
        var environment = ["HF_ENDPOINT": endpoint, "HF_HUB_CACHE": cacheFolder, "HOME": folder.path]
        environment.merge(variables) { $1 }
        var settings = try HubSettings(environment: environment)
        settings.limits.retrySeconds = 0.01
        settings.limits.readSeconds = 0.5
        settings.limits.connectSeconds = 3
        settings.limits.longestWaitSeconds = 3
        settings.limits.segmentBytes = 64 << 10
        settings.limits.stallBytes = 1 << 10
        settings.limits.spareBytes = 0
        return settings
    }

    func resolve(
        _ reference: String = FakeHub.identifier, variables: [String: String] = [:],
        files: FileSelection = FileSelection(), freshness: HubClient.Freshness = .cached
    ) throws(HubError) -> String {
        let settings: HubSettings
        do {
            settings = try self.settings(variables)
        } catch let error as HubError {
            throw error
        } catch {
            throw HubError(.invalidSetting, "\(error)")
        }
        return try HubClient(settings).resolve(
            ModelReference(parsing: reference), files: files, freshness: freshness)
    }

    /// Whether the snapshot holds a file of the model as it should be.
    func has(_ name: String) -> Bool {
        FileManager.default.contents(atPath: snapshot + "/" + name).map(Array.init) == files[name]
    }

    /// Names in the blobs folder, of finished files and of others.
    var blobs: (finished: [String], partial: [String]) {
        let names = folder.entries("hub/models--tiny-org--tiny-model/blobs")
        return (
            names.filter { !$0.hasSuffix(".incomplete") }, names.filter { $0.hasSuffix(".incomplete") }
        )
    }

    // MARK: - The model

    /// 300 KB of weights in two files, and three small files.
    static let tinyModel: [String: [UInt8]] = [
        "config.json": Array(#"{"architectures":["LlamaForCausalLM"]}"#.utf8),
        "tokenizer.json": Array("{}".utf8),
        "README.md": Array("# tiny".utf8),
        "model-00001-of-00002.safetensors": bytes(250_000, seed: 1),
        "model-00002-of-00002.safetensors": bytes(50_000, seed: 2),
    ]
    static let large = "model-00001-of-00002.safetensors"
    static let chosen: Set<String> = [
        "config.json", "tokenizer.json", "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ]

    static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    static func isLarge(_ name: String) -> Bool {
        [".safetensors", ".gguf"].contains(where: name.hasSuffix)
    }

    /// The name of a file's blob.
    static func tag(_ name: String, _ content: [UInt8]) -> String {
        isLarge(name) ? hexadecimal(SHA256.hash(data: content)) : gitHash(content)
    }

    static func gitHash(_ content: [UInt8]) -> String {
        hexadecimal(Insecure.SHA1.hash(data: Array("blob \(content.count)\0".utf8) + content))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    // MARK: - Answers

    static func json(_ text: String, _ headers: [(String, String)] = []) -> [Step] {
        RawServer.answer(200, [("Content-Type", "application/json")] + headers, Array(text.utf8))
    }

    static func treeJSON(_ files: [String: [UInt8]]) -> String {
        let entries = files.sorted { $0.key < $1.key }.map { name, content in
            let large =
                isLarge(name)
                ? #","lfs":{"oid":"\#(tag(name, content))","size":\#(content.count),"pointerSize":130}"# : ""
            let size = "\(content.count)"
            return #"{"type":"file","oid":"\#(gitHash(content))","size":\#(size),"path":"\#(name)"\#(large)}"#
        }
        return "[\(entries.joined(separator: ","))]"
    }

    private static func answer(_ request: Request, _ files: [String: [UInt8]], port: Int) -> [Step] {
        if request.method == "CONNECT" {
            // As a proxy for another host, which it then plays.
            return [.send(Array("HTTP/1.1 200 Connected\r\n\r\n".utf8))]
        }
        let model = "/api/models/" + identifier
        if request.path == model + "/revision/main" || request.path == model + "/revision/" + commit {
            let names = files.keys.sorted().map { #"{"rfilename":"\#($0)"}"# }.joined(separator: ",")
            return json(#"{"id":"\#(identifier)","sha":"\#(commit)","siblings":[\#(names)]}"#)
        }
        if request.path == model + "/tree/" + commit { return json(treeJSON(files)) }
        if request.path.hasPrefix(model + "/revision/") {
            return RawServer.answer(404, [("X-Error-Code", "RevisionNotFound")])
        }
        let resolve = "/\(identifier)/resolve/\(commit)/"
        if request.path.hasPrefix(resolve) {
            let name = String(request.path.dropFirst(resolve.count))
            guard let content = files[name] else {
                return RawServer.answer(
                    404, [("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", commit)])
            }
            let tag = tag(name, content)
            guard isLarge(name) else { return self.content(request, content, tag) }
            // Another name of this machine is another host.
            return RawServer.answer(
                302,
                [
                    ("Location", "http://localhost:\(port)/cdn/\(name)?signature=1"),
                    ("X-Linked-Etag", "\"\(tag)\""), ("X-Linked-Size", "\(content.count)"),
                    ("X-Repo-Commit", commit),
                ], Array("Found".utf8))
        }
        if request.path.hasPrefix("/cdn/"), let content = files[String(request.path.dropFirst(5))] {
            return self.content(request, content, "store-\(content.count)")
        }
        return RawServer.answer(404, [("X-Error-Code", "RepoNotFound")])
    }

    /// A file, or the part of it that was asked for.
    static func content(_ request: Request, _ content: [UInt8], _ tag: String) -> [Step] {
        var headers = [("ETag", "\"\(tag)\""), ("Accept-Ranges", "bytes")]
        let hasChanged = request.headers["if-range"].map { $0 != "\"\(tag)\"" } ?? false
        guard let range = request.range, !hasChanged else {
            let body = request.method == "HEAD" ? [] : content
            return RawServer.answer(200, headers, body, length: content.count)
        }
        guard range.first < content.count else { return RawServer.answer(416, headers) }
        let last = min(range.last ?? .max, content.count - 1)
        headers.append(("Content-Range", "bytes \(range.first)-\(last)/\(content.count)"))
        return RawServer.answer(206, headers, Array(content[range.first...last]))
    }
}
