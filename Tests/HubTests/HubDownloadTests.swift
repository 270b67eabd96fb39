import Foundation
import Hub
import Synchronization
import TestSupport
import Testing

/// Downloads from a hub that behaves.
struct HubDownloadTests {
    @Test
    func `a model is downloaded into the cache in huggingface_hub's layout`() throws {
        let hub = try FakeHub()
        let path = try hub.resolve()
        #expect(path == hub.snapshot)
        for name in FakeHub.chosen {
            #expect(hub.has(name), "\(name)")
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name)
            #expect(target == "../../blobs/" + FakeHub.tag(name, hub.files[name] ?? []))
        }
        #expect(!hub.has("README.md"))
        #expect(hub.blobs.finished.count == 4)
        #expect(hub.blobs.partial.isEmpty)
        #expect(try hub.folder.readText("hub/models--tiny-org--tiny-model/refs/main") == FakeHub.commit)
        #expect(hub.folder.entries("hub/.locks/models--tiny-org--tiny-model").count == 4)
        #expect(hub.folder.exists("hub/CACHEDIR.TAG"))
    }

    @Test
    func `files in folders are linked to their blobs`() throws {
        let hub = try FakeHub(["a/b/c.gguf": Array("GGUF".utf8)])
        let path = try hub.resolve()
        #expect(path == hub.snapshot + "/a/b/c.gguf")
        #expect(hub.has("a/b/c.gguf"))
    }

    @Test
    func `a complete model in the cache is used without the network`() throws {
        let hub = try FakeHub()
        let path = try hub.resolve()
        hub.server.forgetRequests()
        #expect(try hub.resolve() == path)
        #expect(try hub.resolve(variables: ["HF_HUB_OFFLINE": "1"]) == path)
        #expect(try hub.resolve(FakeHub.identifier + "@" + FakeHub.commit) == path)
        #expect(hub.requests.isEmpty)
        #expect(try hub.resolve(freshness: .latest) == path)
        #expect(hub.requests.allSatisfy { $0.path.hasPrefix("/api/") })
    }

    @Test
    func `what is missing in the cache is downloaded`() throws {
        let hub = try FakeHub()
        let path = try hub.resolve()
        try FileManager.default.removeItem(atPath: path + "/tokenizer.json")
        for name in hub.blobs.finished where name.utf8.count == 64 {
            try hub.folder.remove("hub/models--tiny-org--tiny-model/blobs/" + name)
        }
        hub.server.forgetRequests()
        #expect(try hub.resolve() == path)
        #expect(FakeHub.chosen.allSatisfy(hub.has))
        // The vocabulary's blob was still there.
        #expect(!hub.requests.contains { $0.path.hasSuffix("/tokenizer.json") })
    }

    @Test
    func `large files are downloaded in parallel ranges and small ones whole`() throws {
        let open = Mutex((now: 0, most: 0))
        let hub = try FakeHub { request, _, right in
            guard request.path.hasPrefix("/cdn/") else { return nil }
            open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            usleepMilliseconds(20)
            open.withLock { $0.now -= 1 }
            return right
        }
        _ = try hub.resolve()
        #expect(hub.has(FakeHub.large))
        let parts = hub.requests.filter { $0.path == "/cdn/" + FakeHub.large }.compactMap(\.range)
        #expect(parts.map(\.first).sorted() == [0, 65536, 131_072, 196_608])
        #expect(Set(parts.map(\.last)) == [65535, 131_071, 196_607, 249_999])
        let small = hub.requests.filter { $0.path == "/cdn/model-00002-of-00002.safetensors" }
        #expect(small.map { $0.headers["range"] } == [nil])
        let most = open.withLock { $0.most }
        #expect(most > 1 && most <= 8)
    }

    @Test
    func `the token is sent to the hub and to nobody else`() throws {
        let hub = try FakeHub()
        _ = try hub.resolve(variables: ["HF_TOKEN": "hf_secret"])
        let withToken = hub.requests.filter { $0.headers["authorization"] == "Bearer hf_secret" }
        #expect(withToken.count > 4)
        #expect(withToken.allSatisfy { $0.headers["host"]?.hasPrefix("127.0.0.1") == true })
        let others = hub.requests.filter { $0.headers["host"]?.hasPrefix("localhost") == true }
        #expect(others.count > 2)
        #expect(others.allSatisfy { $0.headers["authorization"] == nil && $0.headers["cookie"] == nil })
    }

    @Test
    func `an interrupted download goes on where it stopped`() throws {
        let isBroken = Mutex(true)
        let hub = try FakeHub { request, number, right in
            guard isBroken.withLock({ $0 }), request.path == "/cdn/" + FakeHub.large,
                case .send(let head)? = right.first, case .send(let body)? = right.last
            else { return nil }
            return number > 4 ? [.hangUp] : [.send(head), .send(Array(body.prefix(20_000))), .hangUp]
        }
        let error = try #require(throws: HubError.self) { try hub.resolve() }
        #expect(error.code == .unreachable)
        #expect(hub.blobs.partial.count == 2)
        #expect(!hub.has(FakeHub.large))
        isBroken.withLock { $0 = false }
        hub.server.forgetRequests()
        _ = try hub.resolve()
        #expect(hub.has(FakeHub.large))
        #expect(hub.blobs.partial.isEmpty)
        let sent = hub.requests.filter { $0.path == "/cdn/" + FakeHub.large }.compactMap(\.range)
            .reduce(0) { $0 + ($1.last ?? 0) - $1.first + 1 }
        // Four connections broke after 20,000 bytes each.
        #expect(sent == 170_000)
        #expect(hub.requests.contains { $0.headers["if-range"] == "\"store-250000\"" })
    }

    @Test
    func `a partial file of another program is taken over`() throws {
        let hub = try FakeHub()
        let content = hub.files[FakeHub.large] ?? []
        let tag = FakeHub.tag(FakeHub.large, content)
        let blob = "hub/models--tiny-org--tiny-model/blobs/" + tag
        try hub.folder.write(Array(content.prefix(100_000)), to: blob + ".incomplete")
        _ = try hub.resolve()
        #expect(hub.has(FakeHub.large))
        #expect(hub.blobs.partial.isEmpty)
        let parts = hub.requests.filter { $0.path == "/cdn/" + FakeHub.large }.compactMap(\.range)
        #expect(parts.map(\.first).sorted() == [100_000, 131_072, 196_608])
    }

    @Test
    func `a download can be cancelled at any time and goes on later`() throws {
        let isSlow = Mutex(true)
        let hub = try FakeHub { request, _, right in
            guard isSlow.withLock({ $0 }), request.path == "/cdn/" + FakeHub.large,
                case .send(let head)? = right.first, case .send(let body)? = right.last
            else { return nil }
            return [.send(head), .send(Array(body.prefix(30_000))), .pause(seconds: 0.3)] + right.dropFirst(2)
        }
        let client = HubClient(try hub.settings())
        let reference = try ModelReference(parsing: FakeHub.identifier)
        let start = ContinuousClock.now
        var seen = HubProgress(phase: .listing)
        let error = try #require(throws: HubError.self) {
            try client.resolve(reference, isCancelled: { seen.bytes > 100_000 }) { seen = $0 }
        }
        #expect(error.code == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(!hub.has(FakeHub.large))
        #expect(!hub.folder.exists("hub/models--tiny-org--tiny-model/refs/main"))
        isSlow.withLock { $0 = false }
        _ = try client.resolve(reference)
        #expect(FakeHub.chosen.allSatisfy(hub.has))
    }

    @Test
    func `two downloads of one model at once share the work`() async throws {
        let hub = try FakeHub { _, _, right in
            usleepMilliseconds(10)
            return right
        }
        let client = HubClient(try hub.settings())
        let reference = try ModelReference(parsing: FakeHub.identifier)
        async let first = client.resolve(reference, freshness: .latest)
        async let second = client.resolve(reference, freshness: .latest)
        #expect(try await [first, second] == [hub.snapshot, hub.snapshot])
        #expect(FakeHub.chosen.allSatisfy(hub.has))
        let bodies = hub.requests.filter { $0.path.hasSuffix("/config.json") }
        #expect(bodies.count == 1)
    }

    @Test
    func `a mirror without the list of sizes and hashes is asked for each file`() throws {
        let hub = try FakeHub { request, _, _ in
            request.path.contains("/tree/") ? RawServer.answer(404) : nil
        }
        _ = try hub.resolve()
        #expect(FakeHub.chosen.allSatisfy(hub.has))
        #expect(hub.requests.contains { $0.method == "HEAD" })
        #expect(hub.blobs.finished.contains(FakeHub.tag(FakeHub.large, hub.files[FakeHub.large] ?? [])))
    }

    @Test
    func `long lists come in pages`() throws {
        let hub = try FakeHub { request, _, _ in
            guard request.path.contains("/tree/") else { return nil }
            let names = FakeHub.tinyModel.keys.sorted()
            let isSecond = request.target.contains("cursor=2")
            let chosen = Set(isSecond ? names.dropFirst(2) : names.prefix(2))
            let page = FakeHub.tinyModel.filter { entry in chosen.contains(entry.key) }
            let link = "<\(request.path)?recursive=true&cursor=2>; rel=\"next\""
            return FakeHub.json(FakeHub.treeJSON(page), isSecond ? [] : [("Link", link)])
        }
        _ = try hub.resolve()
        #expect(FakeHub.chosen.allSatisfy(hub.has))
    }

    @Test
    func `an empty file is a file`() throws {
        var files = FakeHub.tinyModel
        files["merges.txt"] = []
        let hub = try FakeHub(files)
        _ = try hub.resolve()
        #expect(hub.has("merges.txt"))
    }

    @Test
    func `progress counts what is there and ends with everything`() throws {
        let hub = try FakeHub()
        let client = HubClient(try hub.settings())
        var last = HubProgress(phase: .listing)
        let reference = try ModelReference(parsing: FakeHub.identifier)
        _ = try client.resolve(
            reference,
            progress: { progress in
                #expect(progress.bytes >= 0 && progress.bytes <= progress.totalBytes)
                #expect(progress.completedFiles <= progress.totalFiles)
                last = progress
            })
        #expect(last.bytes == last.totalBytes && last.completedFiles == 4)
    }

    @Test
    func `include and exclude choose files`() throws {
        let hub = try FakeHub()
        let path = try hub.resolve(
            files: FileSelection(include: ["*.json", "READ*"], exclude: ["tok*"]))
        #expect(path == hub.snapshot)
        #expect(hub.has("config.json") && hub.has("README.md"))
        #expect(!hub.has("tokenizer.json") && !hub.has(FakeHub.large))
        // Without the choice, the rest is missing.
        _ = try hub.resolve()
        #expect(FakeHub.chosen.allSatisfy(hub.has))
    }

    @Test
    func `what huggingface_hub downloaded is used when no part of it is missing`() throws {
        let hub = try FakeHub()
        let folder = "hub/models--tiny-org--tiny-model/"
        try hub.folder.write(FakeHub.commit, to: folder + "refs/main")
        for name in FakeHub.chosen.sorted() {
            #expect(throws: HubError.self) { try hub.resolve(variables: ["HF_HUB_OFFLINE": "1"]) }
            try hub.folder.write(hub.files[name] ?? [], to: "\(folder)snapshots/\(FakeHub.commit)/\(name)")
        }
        #expect(try hub.resolve(variables: ["HF_HUB_OFFLINE": "1"]) == hub.snapshot)
        #expect(hub.requests.isEmpty)
    }

    @Test
    func `a proxy is used for all hosts but the exceptions`() throws {
        let hub = try FakeHub()
        _ = try hub.resolve(variables: [
            "HF_ENDPOINT": "http://hub.invalid",
            "HTTP_PROXY": "http://me:secret@127.0.0.1:\(hub.server.port)",
            "NO_PROXY": "localhost",
        ])
        #expect(FakeHub.chosen.allSatisfy(hub.has))
        let tunnels = hub.requests.filter { $0.method == "CONNECT" }
        #expect(!tunnels.isEmpty)
        for tunnel in tunnels {
            #expect(tunnel.target == "hub.invalid:80")
            #expect(tunnel.headers["proxy-authorization"] == "Basic bWU6c2VjcmV0")
        }
        let others = hub.requests.filter { $0.headers["host"]?.hasPrefix("localhost") == true }
        #expect(others.contains { $0.path.hasPrefix("/cdn/") })
        #expect(others.allSatisfy { $0.headers["proxy-authorization"] == nil })
    }

    @Test
    func `models in the cache are listed by name`() throws {
        let hub = try FakeHub()
        let client = HubClient(try hub.settings())
        #expect(client.listCachedModels().isEmpty)
        let path = try hub.resolve()
        try hub.folder.write("x", to: "hub/models--other--empty/refs/main")
        try hub.folder.write("x", to: "hub/datasets--some--set/snapshots/1/a.bin")
        let models = client.listCachedModels()
        #expect(models.map(\.name) == [FakeHub.identifier])
        #expect(models.map(\.path) == [path])
        let bytes = FakeHub.chosen.reduce(0) { $0 + (hub.files[$1]?.count ?? 0) }
        #expect(models.map(\.byteCount) == [bytes])
        #expect(SnapshotPath.modelName(of: path) == "tiny-model")
        #expect(SnapshotPath.modelName(of: "/c/models/org--name/snapshots/master") == "name")
        #expect(SnapshotPath.modelName(of: "/c/snapshots/name") == nil)
    }

    @Test
    func `a list that huggingface_hub left says what is missing`() throws {
        let hub = try FakeHub(["config.json": [1], "tokenizer.json": [2], "model.safetensors": [3]])
        let folder = "hub/models--tiny-org--tiny-model/"
        let list = #"""
            {"format_version": 1, "files": {"config.json": {"size": 1, "blob_id": "x"},
             "tokenizer.json": {"size": 1, "blob_id": "x"}, "model.safetensors": {"size": 1, "blob_id": "x"},
             "extra.json": {"size": 1, "blob_id": "x"}}}
            """#
        try hub.folder.write(FakeHub.commit, to: folder + "refs/main")
        for (name, content) in hub.files {
            try hub.folder.write(content, to: "\(folder)snapshots/\(FakeHub.commit)/\(name)")
        }
        #expect(try hub.resolve(variables: ["HF_HUB_OFFLINE": "1"]) == hub.snapshot)
        try hub.folder.write(list, to: "\(folder)trees/\(FakeHub.commit).json")
        let error = try #require(throws: HubError.self) {
            try hub.resolve(variables: ["HF_HUB_OFFLINE": "1"])
        }
        #expect(error.code == .notCached)
    }
}

func usleepMilliseconds(_ milliseconds: Int) {
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
}
