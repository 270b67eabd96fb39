import APIServer
import AsyncHTTPClient
import JSON
import LMDeploy
import Logging
import NIOCore
import NIOHTTP1
import Serving
import TestSupport

/// A server on a port of its own, with the default model.
struct LiveServer {
    let service: InferenceService
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    /// Runs `body` with a server and stops the server.
    static func with<Value: Sendable>(
        service change: (inout ServiceSettings) -> Void = { _ in },
        settings edit: (inout APIServerSettings) -> Void = { _ in },
        _ body: (LiveServer) async throws -> Value
    ) async throws -> Value {
        var serviceSettings = ServiceSettings()
        serviceSettings.modelName = "tiny"
        change(&serviceSettings)
        let config = TurbomindEngineConfig(
            sessionLength: 512, maxBatchSize: 4, kvCacheBytes: 64 << 20, threads: 2)
        let pipeline = try Pipeline(try DefaultModelFile.path(), backendConfig: config)
        let service = InferenceService(pipeline, settings: serviceSettings)
        var settings = APIServerSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        settings.drainTime = .seconds(1)
        edit(&settings)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = APIServer(service, settings: settings, logger: logger)
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let task = Task {
            try await server.run { continuation.yield($0) }
        }
        var iterator = ports.makeAsyncIterator()
        let port = await iterator.next() ?? 0
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(LiveServer(service: service, port: port)))
        } catch {
            result = .failure(error)
        }
        task.cancel()
        _ = await task.result
        pipeline.close()
        return try result.get()
    }

    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: String

        /// The body, when it is JSON.
        var json: JSONNode? { try? JSONDocument(Array(body.utf8)).root }
        var error: JSONNode? { json?.member("error") }
    }

    func post(
        _ path: String, _ body: String, headers: [String: String] = ["content-type": "application/json"]
    ) async throws -> Answer {
        try await send("POST", path, headers: headers, body: body)
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers, body: nil)
    }

    func send(
        _ method: String, _ path: String, headers: [String: String], body: String?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .hours(1))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        var fields: [String: String] = [:]
        for (name, value) in response.headers { fields[name.lowercased()] = value }
        return Answer(status: Int(response.status.code), headers: fields, body: String(buffer: bytes))
    }
}
