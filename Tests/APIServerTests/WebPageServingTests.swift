import APIServer
import AsyncHTTPClient
import TestSupport
import Testing

/// The web pages as a server sends them.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct WebPageServingTests {
    private let paths = [
        "/", "/ui", "/assets/chat/main.js", "/assets/shared/base.css", "/assets/favicon.svg",
    ]

    @Test func publicFilesComeWithoutAKeyAndOnlyOnce() async throws {
        try await LiveServer.with(settings: {
            $0.apiKeys = ["secret"]
            $0.hasPublicMetrics = true
        }) { server in
            for path in paths {
                let first = try await server.get(path)
                #expect(first.status == 200 && !first.body.isEmpty, "\(path)")
                #expect(first.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
                #expect(first.headers["x-content-type-options"] == "nosniff")
                let tag = try #require(first.headers["etag"])
                for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                    let again = try await server.get(path, headers: ["if-none-match": known])
                    #expect(again.status == 304 && again.body.isEmpty, "\(path)")
                    #expect(again.headers["etag"] == tag)
                }
                let other = try await server.get(path, headers: ["if-none-match": "\"other\""])
                #expect(other.status == 200 && other.body == first.body, "\(path)")
                let head = try await server.send("HEAD", path, headers: [:], body: nil)
                #expect(head.status == 200 && head.body.isEmpty && head.headers["etag"] == tag, "\(path)")
                let posted = try await server.post(path, "{}")
                #expect(posted.status == 405 && posted.headers["allow"] == "GET, HEAD", "\(path)")
            }
        }
    }

    @Test func pathsBesideTheFilesAreNotThere() async throws {
        try await LiveServer.with { server in
            for path in ["/assets", "/assets/chat", "/assets/nothing.js", "/assets/%2e%2e/ui", "/UI"] {
                #expect(try await server.get(path).status == 404, "\(path)")
            }
            // The client follows the redirect from the slash to the page.
            let page = try await server.get("/ui")
            #expect(try await server.get("/ui/").body == page.body)
        }
    }
}
