import APIServer
import AsyncHTTPClient
import JSON
import NIOCore
import NIOPosix
import Serving
import TestSupport
import Testing

/// Live servers on the loopback address.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct APIServerTests {
    private let chat = #"{"model":"tiny","messages":"Name three colours.","temperature":0,"max_tokens":12}"#

    @Test func aChatIsAnsweredAsJSONAndAsEvents() async throws {
        try await LiveServer.with { server in
            let answer = try await server.post("/v1/chat/completions", chat)
            #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
            let message = answer.json?.member("choices")?.elements?.first?.member("message")
            let text = try #require(message?.member("content")?.text?.string)
            #expect(!text.isEmpty)
            let streamed = try await server.post(
                "/v1/chat/completions", chat.replacing("}", with: #","stream":true}"#))
            #expect(streamed.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            let lines = streamed.body.split(separator: "\n\n").map { $0.dropFirst("data: ".count) }
            #expect(lines.last == "[DONE]")
            let pieces = try lines.dropLast().map { line in
                let choice = try JSONDocument(Array(line.utf8)).root.member("choices")?.elements?.first
                return choice?.member("delta")?.member("content")?.text?.string ?? ""
            }
            #expect(pieces.joined() == text)
        }
    }

    @Test func whatIsWrongGetsItsStatusInOpenAIsForm() async throws {
        try await LiveServer.with(settings: { $0.maxBodyBytes = 100_000 }) { server in
            let json = ["content-type": "application/json"]
            let long = String(repeating: "word ", count: 600)
            let huge = String(repeating: "x", count: 200_000)
            let cases: [(String, String, [String: String], String?, Int, String)] = [
                ("POST", "/v1/chat/completions", json, "{", 400, "invalid_request"),
                ("POST", "/v1/chat/completions", json, "{}", 400, "invalid_request"),
                (
                    "POST", "/v1/chat/completions", json, #"{"messages":"a","tools":[1]}"#, 400,
                    "unsupported_feature"
                ),
                (
                    "POST", "/v1/chat/completions", json, #"{"messages":"a","model":"b"}"#, 404,
                    "model_not_found"
                ),
                (
                    "POST", "/v1/chat/completions", json, #"{"messages":"\#(long)"}"#, 400,
                    "context_length_exceeded"
                ),
                ("POST", "/v1/chat/completions", json, #"{"messages":"\#(huge)"}"#, 413, "body_too_large"),
                ("POST", "/v1/chat/completions", [:], chat, 415, "unsupported_media_type"),
                ("GET", "/v1/chat/completions", [:], nil, 405, "method_not_allowed"),
                ("POST", "/v1/models", json, "{}", 405, "method_not_allowed"),
                ("GET", "/nothing", [:], nil, 404, "not_found"),
                ("GET", "/v1/models/other", [:], nil, 404, "model_not_found"),
                ("POST", "/abort_request", json, #"{"abort_all":true}"#, 501, "not_implemented"),
            ]
            for (method, path, headers, body, status, code) in cases {
                let answer = try await server.send(method, path, headers: headers, body: body)
                #expect(answer.status == status, "\(method) \(path): \(answer.body.prefix(200))")
                #expect(answer.error?.member("code")?.text?.string == code)
                #expect(answer.error?.member("message")?.text?.string.isEmpty == false)
            }
            let message = try await server.post("/v1/messages", #"{"model":"tiny"}"#)
            #expect(message.status == 400 && message.json?.member("type")?.text?.string == "error")
            #expect(try await server.post("/v1/chat/completions", chat).status == 200)
        }
    }

    @Test func pagesTakeTheKeyAsAPassword() async throws {
        try await LiveServer.with(settings: { $0.apiKeys = ["s3cret", "other:one"] }) { server in
            let closed = try await server.get("/ui")
            #expect(closed.status == 401)
            #expect(closed.headers["www-authenticate"]?.hasPrefix("Basic realm=") == true)
            // anyone:s3cret, :other:one, anyone:wrong, no colon, no Base64
            let cases = [
                ("YW55b25lOnMzY3JldA==", 200), ("Om90aGVyOm9uZQ==", 200), ("YW55b25lOndyb25n", 401),
                ("czNjcmV0", 401), ("?", 401),
            ]
            for (credentials, status) in cases {
                for path in ["/ui", "/v1/models"] {
                    let answer = try await server.get(
                        path, headers: ["authorization": "Basic " + credentials])
                    #expect(answer.status == status, "\(credentials) \(path)")
                }
            }
            let models = try await server.get("/v1/models")
            #expect(models.status == 401 && models.headers["www-authenticate"] == "Bearer")
        }
        try await LiveServer.with(settings: {
            $0.apiKeys = ["s3cret"]
            $0.hasPublicMetrics = true
        }) { server in
            for (path, status) in [("/ui", 200), ("/metrics", 200), ("/v1/models", 401)] {
                let answer = try await server.get(path)
                #expect(answer.status == status, "\(path)")
            }
        }
    }

    @Test func unknownFieldsAreNamedInAHeaderOrRefused() async throws {
        let body = chat.replacing("}", with: #","frobnicate":1,"max_tokens_":2}"#)
        try await LiveServer.with { server in
            let answer = try await server.post("/v1/chat/completions", body)
            #expect(answer.status == 200)
            #expect(answer.headers["x-lmdeploy-ignored"] == "frobnicate, max_tokens_")
        }
        try await LiveServer.with(service: { $0.strictFields = true }) { server in
            let answer = try await server.post("/v1/chat/completions", body)
            #expect(answer.status == 400)
            #expect(answer.error?.member("param")?.text?.string == "frobnicate")
        }
    }

    @Test func keysOpenEverythingButHealth() async throws {
        try await LiveServer.with(settings: { $0.apiKeys = ["secret", "other"] }) { server in
            for path in ["/v1/models", "/metrics", "/openapi.json", "/nothing"] {
                let answer = try await server.get(path)
                #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(path)")
                #expect(answer.error?.member("code")?.text?.string == "invalid_api_key")
            }
            #expect(try await server.get("/health").status == 200)
            for headers in [
                ["authorization": "Bearer secret"], ["authorization": "bearer other"], ["x-api-key": "other"],
            ] {
                #expect(try await server.get("/v1/models", headers: headers).status == 200)
            }
            for headers in [
                ["authorization": "Bearer secre"], ["authorization": "secret"], ["x-api-key": ""],
            ] {
                #expect(try await server.get("/v1/models", headers: headers).status == 401)
            }
        }
    }

    @Test func pagesOfOtherOriginsAreToldWhatTheyMayDo() async throws {
        try await LiveServer.with(settings: { $0.crossOrigin.origins = ["https://a.example"] }) { server in
            let known = try await server.get("/health", headers: ["origin": "https://a.example"])
            #expect(known.headers["access-control-allow-origin"] == "https://a.example")
            let other = try await server.get("/health", headers: ["origin": "https://b.example"])
            #expect(other.headers["access-control-allow-origin"] == nil)
            let preflight = try await server.send(
                "OPTIONS", "/v1/chat/completions", headers: ["origin": "https://a.example"], body: nil)
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-methods"]?.contains("POST") == true)
        }
    }

    @Test func whatCanBeReadIsThere() async throws {
        try await LiveServer.with { server in
            for reading in OpenAPIDocument.readings {
                #expect(try await server.get(reading.path).status == 200, "\(reading.path)")
            }
            let models = try await server.get("/v1/models")
            #expect(models.json?.member("data")?.elements?.first?.member("id")?.text?.string == "tiny")
            server.service.running.beginDraining()
            #expect(try await server.get("/ready").status == 503)
            #expect(try await server.get("/health").status == 200)
            #expect(try await server.post("/v1/chat/completions", chat).status == 503)
        }
    }

    @Test(arguments: [true, false])
    func aClientThatGoesAwayFreesItsPlace(_ isStreamed: Bool) async throws {
        try await LiveServer.with { server in
            let body =
                #"{"messages":"Tell me a story.","ignore_eos":true,"max_tokens":480,"stream":\#(isStreamed)}"#
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            let head =
                "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: head + body)).get()
            while server.service.running.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
            try await channel.close().get()
            await server.service.running.waitUntilIdle()
            let text = server.service.metrics.text(of: server.service)
            #expect(text.contains(#"finished_reason="length"} 0"#), "the reply was generated to its end")
        }
    }

    @Test func oneConnectionAnswersManyRequests() async throws {
        try await LiveServer.with { server in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                let request = "POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                let body = #"{"prompt":"One, two,","max_tokens":2,"stream":true}"#
                var iterator = inbound.makeAsyncIterator()
                for _ in 0..<3 {
                    try await outbound.write(
                        ByteBuffer(string: "\(request)content-length: \(body.utf8.count)\r\n\r\n\(body)"))
                    var answer = ""
                    while !answer.hasSuffix("0\r\n\r\n"), let part = try await iterator.next() {
                        answer += String(buffer: part)
                    }
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.contains("[DONE]"))
                }
            }
        }
    }

    @Test(arguments: 0..<4)
    func connectionsThatArriveAsTheServerStopsHarmNobody(_ round: Int) async throws {
        let connections = try await LiveServer.with { server in
            // Some are taken, some wait, and some come too late, while the server ends behind this closure.
            Task {
                for _ in 0..<200 {
                    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    _ = try? await bootstrap.connect(host: "127.0.0.1", port: server.port).get().close().get()
                }
            }
        }
        await connections.value
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /health HTTP/1.1\r\nbad header\r\n\r\n",
        "GET /" + String(repeating: "a", count: 200_000) + " HTTP/1.1\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\ncontent-length: 10\r\n\r\n{",
    ])
    func whatIsNoHTTPHarmsNobody(_ bytes: String) async throws {
        try await LiveServer.with { server in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            // The server may hang up before everything is written.
            try? await channel.writeAndFlush(ByteBuffer(string: bytes)).get()
            try? await channel.close().get()
            #expect(try await server.get("/health").status == 200)
        }
    }
}
