import APIServer
import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Serving
import TestSupport
import Testing

/// The pages before another server.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct PageServerTests {
    @Test func pagesAreServedAndEverythingElseIsHandedOn() async throws {
        try await LiveServer.with(settings: { $0.apiKeys = ["k"] }) { model in
            try await with(remote: model.url) { url in
                #expect(try await status(url + "/ui") == 200)
                let headers = ["authorization": "Bearer k", "content-type": "application/json"]
                #expect(try await status(url + "/v1/models") == 401)
                #expect(try await status(url + "/v1/models", headers) == 200)
                let body =
                    #"{"model":"tiny","messages":"Count.","temperature":0,"max_tokens":8,"stream":true}"#
                let own = try await model.post("/v1/completions", completion, headers: headers)
                let forwarded = try await answer(url + "/v1/completions", headers, completion)
                #expect(own.status == 200 && forwarded.status.code == 200)
                let stream = try await answer(url + "/v1/chat/completions", headers, body)
                let text = String(buffer: try await stream.body.collect(upTo: 1 << 20))
                #expect(stream.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true)
                #expect(text.hasSuffix("data: [DONE]\n\n"))
                #expect(try await status(url + "/nothing") == 401)
            }
        }
    }

    @Test func aServerThatIsNotThereIsNamed() async throws {
        try await with(remote: "http://127.0.0.1:9") { url in
            let answer = try await answer(url + "/v1/models", [:], nil)
            let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
            #expect(answer.status.code == 502)
            #expect(text.contains("http://127.0.0.1:9 does not answer"))
            #expect(try await status(url + "/") == 200)
        }
    }

    // MARK: - Internals

    private let completion = #"{"model":"tiny","prompt":"One, two,","temperature":0,"max_tokens":4}"#

    private func with(remote: String, _ body: (String) async throws -> Void) async throws {
        var settings = APIServerSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        settings.drainTime = .seconds(1)
        let server = PageServer(
            remote: remote, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let task = Task { try await server.run { continuation.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        let port = await iterator.next() ?? 0
        var failure: (any Error)?
        do { try await body("http://127.0.0.1:\(port)") } catch { failure = error }
        task.cancel()
        _ = await task.result
        if let failure { throw failure }
    }

    private func status(_ url: String, _ headers: [String: String] = [:]) async throws -> Int {
        let answer = try await answer(url, headers, nil)
        _ = try await answer.body.collect(upTo: 1 << 20)
        return Int(answer.status.code)
    }

    private func answer(
        _ url: String, _ headers: [String: String], _ body: String?
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.method = .POST
            request.body = .bytes(Array(body.utf8))
        }
        return try await HTTPClient.shared.execute(request, timeout: .hours(1))
    }
}
