import Hub
import TestSupport
import Testing

/// What the environment says about hubs, caches and proxies.
struct SettingsTests {
    @Test(arguments: [
        (["HOME": "/h"], "/h/.cache/huggingface/hub"),
        (["HOME": "/h", "XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"),
        (["HOME": "/h", "HF_HOME": "/hf"], "/hf/hub"),
        (["HOME": "/h", "HF_HOME": "~/hf"], "/h/hf/hub"),
        (["HOME": "/h", "HF_HOME": "$HOME/a/${HOME}"], "/h/a//h/hub"),
        (["HOME": "/h", "HF_HOME": "/hf", "HUGGINGFACE_HUB_CACHE": "/old"], "/old"),
        (["HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "/new/"], "/new"),
        (["HOME": "/h", "LMDEPLOY_USE_MODELSCOPE": "True"], "/h/.cache/modelscope/models"),
        (["HOME": "/h", "LMDEPLOY_USE_MODELSCOPE": "True", "MODELSCOPE_CACHE": "/m"], "/m/models"),
        (
            ["HOME": "/h", "LMDEPLOY_USE_MODELSCOPE": "False", "MODELSCOPE_CACHE": "/m"],
            "/h/.cache/huggingface/hub"
        ),
    ])
    func `the cache lies where the hub's own client has it`(environment: [String: String], folder: String)
        throws
    {
        #expect(try HubSettings(environment: environment).cacheFolder == folder)
    }

    @Test
    func `a download folder takes the cache's place`() throws {
        let environment = ["HOME": "/h", "HF_HUB_CACHE": "/c"]
        #expect(try HubSettings(environment: environment, downloadFolder: "~/d").cacheFolder == "/h/d")
    }

    @Test
    func `the token comes from the environment or its file`() throws {
        let folder = try TemporaryFolder()
        try folder.write(" hf_file\n", to: "token")
        try folder.write("hf_other\n", to: "other")
        func token(_ variables: [String: String]) throws -> String? {
            try HubSettings(environment: variables.merging(["HF_HOME": folder.path]) { $1 }).token
        }
        #expect(try token([:]) == "hf_file")
        #expect(try token(["HF_TOKEN_PATH": folder.path("other")]) == "hf_other")
        #expect(try token(["HUGGING_FACE_HUB_TOKEN": "hf_old"]) == "hf_old")
        #expect(try token(["HUGGING_FACE_HUB_TOKEN": "hf_old", "HF_TOKEN": "hf_new\n"]) == "hf_new")
        #expect(try token(["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1", "HF_TOKEN": "x"]) == nil)
        #expect(throws: HubError.self) { try token(["HF_TOKEN": "tok\u{E9}n"]) }
    }

    @Test(arguments: [
        ("1", true), ("true", true), ("YES", true), ("on", true), ("0", false), ("", false), ("no", false),
    ])
    func `offline is read as huggingface_hub reads it`(text: String, isOffline: Bool) throws {
        #expect(try HubSettings(environment: ["HF_HUB_OFFLINE": text]).isOffline == isOffline)
    }

    @Test(arguments: [
        ("https://hf-mirror.com/", "https://hf-mirror.com"),
        ("http://localhost:8080/hf/", "http://localhost:8080/hf"),
    ])
    func `the endpoint has no slash at its end`(text: String, endpoint: String) throws {
        #expect(try HubSettings(environment: ["HF_ENDPOINT": text]).endpoint == endpoint)
    }

    @Test(arguments: [
        "hf-mirror.com", "ftp://x", "https://", "http://user:secret@host", "http://a b", "http://h:0",
    ])
    func `an endpoint that is no address is refused`(text: String) throws {
        let error = try #require(throws: HubError.self) {
            try HubSettings(environment: ["HF_ENDPOINT": text])
        }
        #expect(error.code == .invalidSetting)
        #expect(error.message.contains("HF_ENDPOINT"))
    }

    @Test
    func `proxies stand before all hosts but the exceptions`() throws {
        let settings = try HubSettings(environment: [
            "HTTPS_PROXY": "http://me:s%40cret@proxy:3128", "http_proxy": "plain:8000",
            "NO_PROXY": "internal.net, .corp,other.org:444",
        ])
        func proxy(_ text: String) throws -> ProxySettings.Proxy? {
            settings.proxies.proxy(for: try #require(WebAddress(text)))
        }
        let secure = try #require(try proxy("https://huggingface.co/x"))
        #expect(secure.host == "proxy" && secure.port == 3128)
        #expect(secure.user == "me" && secure.password == "s@cret")
        #expect(try proxy("http://huggingface.co/x")?.host == "plain")
        #expect(try proxy("https://internal.net/") == nil)
        #expect(try proxy("https://cdn.internal.net/") == nil)
        #expect(try proxy("https://notinternal.net/") != nil)
        #expect(try proxy("https://a.corp/") == nil)
        #expect(try proxy("https://other.org/") != nil)
        #expect(try proxy("https://other.org:444/") == nil)
        let socks = try HubSettings(environment: ["ALL_PROXY": "socks5://s"]).proxies
        #expect(socks.proxy(for: try #require(WebAddress("https://x/")))?.isSocks == true)
        #expect(throws: HubError.self) { try HubSettings(environment: ["HTTPS_PROXY": "gopher://x"]) }
    }

    // MARK: - Addresses

    @Test(arguments: [
        ("/x", "https://h.org/x"), ("x", "https://h.org/a/x"), ("../x", "https://h.org/x"),
        ("../../../x", "https://h.org/x"), ("./", "https://h.org/a/"), ("?q=2", "https://h.org/a/b?q=2"),
        ("//o.org/x", "https://o.org/x"), ("http://O.org:81/x#part", "http://o.org:81/x"),
        ("https://h.org:443/y", "https://h.org/y"), ("", "https://h.org/a/b?q=1"),
        ("x/./y/../z", "https://h.org/a/x/z"),
    ])
    func `a redirect is seen from where it was received`(location: String, address: String) throws {
        let base = try #require(WebAddress("https://h.org/a/b?q=1"))
        #expect(base.resolving(location)?.description == address)
    }

    @Test(arguments: [
        "ftp://x/", "javascript:x", "file:///etc/passwd", "http://", "http://a@b/", "http://h:99999/", "//",
    ])
    func `a redirect to something else leads nowhere`(location: String) throws {
        let base = try #require(WebAddress("https://h.org/a/b"))
        #expect(base.resolving(location) == nil)
    }

    @Test
    func `another port or scheme is another origin`() throws {
        let address = try #require(WebAddress("https://h.org/a"))
        #expect(address.hasSameOrigin(as: try #require(WebAddress("https://H.ORG:443/b"))))
        for other in [
            "http://h.org/a", "https://h.org:8443/a", "https://x.h.org/a", "https://h.org.evil.com/",
        ] {
            #expect(!address.hasSameOrigin(as: try #require(WebAddress(other))))
        }
    }

    @Test(
        arguments: [
            ("120", nil, 120.0), ("0", nil, 0), ("Sun, 06 Nov 1994 08:49:47 GMT", nil, 10),
            ("Sun, 06 Nov 1994 08:00:00 GMT", nil, 0), (nil, "\"api\";r=0;t=55", 55), ("soon", nil, nil),
            ("-1", nil, nil), ("inf", nil, nil), ("Sun, 99 Nov 1994 08:00:00 GMT", nil, nil), (nil, nil, nil),
        ] as [(String?, String?, Double?)])
    func `servers say how long to wait in three ways`(retryAfter: String?, limit: String?, seconds: Double?) {
        let found = RetryDelay.seconds(retryAfter: retryAfter, rateLimit: limit, now: 784_111_777)
        #expect(found == seconds)
    }

    // MARK: - Ledger

    @Test
    func `a ledger is read as it was written`() {
        for byteCount in [nil, 0, 1, 99, 200, 250, 1000] as [Int?] {
            var ledger = DownloadLedger(byteCount: byteCount, segmentBytes: 100)
            ledger.fill(prefix: 130)
            ledger.validator = byteCount == 99 ? nil : "\"abc\""
            #expect(DownloadLedger(text: ledger.text, byteCount: byteCount) == ledger)
            #expect(DownloadLedger(text: ledger.text, byteCount: 77) == nil)
            #expect(ledger.bytesDone == min(130, byteCount ?? 130))
        }
        let parts = DownloadLedger(byteCount: 250, segmentBytes: 100).segments
        #expect(parts.map(\.start) == [0, 100, 200])
        #expect(parts.map(\.end) == [100, 200, 250])
    }

    @Test
    func `a damaged ledger is not believed`() {
        var ledger = DownloadLedger(byteCount: 250, segmentBytes: 100)
        ledger.fill(prefix: 130)
        let text = ledger.text
        for damage in [
            ("100 200 30", "100 200 300"), ("100 200 30", "100 200 -3"), ("100 200 30", "90 200 30"),
            ("200 250", "200 251"), ("200 250 0\n", ""), ("lmdeploy-download 1", "lmdeploy-download 2"),
            ("0 100 100\n", ""), ("200 250 0", "200 250"), ("200 250", "200 x"),
        ] {
            #expect(text.contains(damage.0))
            #expect(DownloadLedger(text: text.replacing(damage.0, with: damage.1), byteCount: 250) == nil)
        }
        for length in 0..<text.utf8.count {
            let cut = String(text.prefix(length))
            #expect(DownloadLedger(text: cut, byteCount: 250) == nil, "\(length)")
        }
    }
}
