internal import AsyncHTTPClient
internal import JSON
package import LMDeploy
internal import NIOCore
internal import NIOHTTP1
internal import Serving

/// A model behind an API server.
package struct RemoteReplySource: ReplySource {
    private let url: String
    private let apiKey: String?
    /// As the server calls it.
    package let modelName: String
    package let sessionLength: Int

    /// Asks the server for its model.
    package init(url: String, apiKey: String?) async throws {
        self.url = url
        self.apiKey = apiKey
        var request = HTTPClientRequest(url: url + "/v1/models")
        if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
        let document = try await Self.answer(to: request, url)
        guard let model = document.root.member("data")?.elements?.first,
            let name = model.member("id")?.text?.string
        else { throw ToolError.remote("\(url) serves no model: is it the address of an API server?") }
        modelName = name
        sessionLength = model.member("max_model_len")?.double.flatMap { Int(exactly: $0) } ?? Int(Int32.max)
    }

    /// The server counts; it says so when a prompt is too long.
    package func tokenCount(of prompt: Prompt) -> Int { 0 }

    package func reply(
        to prompt: Prompt, _ config: GenerationConfig, onPiece: (ReplyPiece) throws -> Void
    ) async throws {
        guard case .messages(let messages) = prompt else { return }
        var request = HTTPClientRequest(url: url + "/v1/chat/completions")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
        request.body = .bytes(ByteBuffer(bytes: body(messages, config).bytes))
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: .hours(24))
        } catch let error as HTTPClientError {
            throw ToolError.remote("\(url) does not answer: \(error)")
        }
        guard response.status == .ok else { throw try await Self.failure(response, url) }
        var parser = ServerEventParser()
        var tokens = 0
        for try await buffer in response.body {
            for event in parser.append(buffer.readableBytesView) where event != Array("[DONE]".utf8) {
                guard let piece = try piece(event, &tokens) else { continue }
                try onPiece(piece)
            }
        }
    }

    // MARK: - Internals

    /// Says at once when nobody listens; the shared client would try again until the request's time is over.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private func body(_ messages: [Message], _ config: GenerationConfig) -> JSONOutput {
        let body: JSONOutput = [
            "model": .string(modelName),
            "messages": .array(
                messages.map { ["role": .string($0.role), "content": .string($0.content)] }),
            "stream": true, "temperature": .float(config.temperature), "top_p": .float(config.topP),
            "top_k": .integer(config.topK), "min_p": .float(config.minP),
            "repetition_penalty": .float(config.repetitionPenalty),
            "presence_penalty": .float(config.presencePenalty),
            "frequency_penalty": .float(config.frequencyPenalty),
            "seed": config.randomSeed.map { .integer(Int(truncatingIfNeeded: $0)) } ?? .null,
            "max_tokens": .integer(config.maxNewTokens),
        ]
        return body
    }

    /// A chunk's text; `nil` when there is none in it.
    private func piece(_ event: [UInt8], _ tokens: inout Int) throws -> ReplyPiece? {
        let root: JSONNode
        do {
            root = try JSONDocument(event).root
        } catch {
            throw ToolError.remote("\(url) sent an event that is not JSON")
        }
        if let message = root.member("error")?.member("message")?.text?.string {
            throw ToolError.remote(message)
        }
        guard let choice = root.member("choices")?.elements?.first else { return nil }
        tokens += 1
        return ReplyPiece(
            text: choice.member("delta")?.member("content")?.text?.string ?? "", tokenCount: tokens,
            finishReason: choice.member("finish_reason")?.text.flatMap { FinishReason(rawValue: $0.string) })
    }

    private static func answer(to request: HTTPClientRequest, _ url: String) async throws -> JSONDocument {
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: .seconds(30))
        } catch {
            throw ToolError.remote("\(url) does not answer: \(error)")
        }
        guard response.status == .ok else { throw try await failure(response, url) }
        let body = try await response.body.collect(upTo: 1 << 20)
        do {
            return try JSONDocument(Array(body.readableBytesView))
        } catch {
            throw ToolError.remote("\(url) answers with something else than JSON: is it an API server?")
        }
    }

    /// What a server says about a request that it refuses.
    private static func failure(_ response: HTTPClientResponse, _ url: String) async throws -> ToolError {
        let body = try await response.body.collect(upTo: 1 << 20)
        let message = (try? JSONDocument(Array(body.readableBytesView)))?.root.member("error")?
            .member("message")?.text?.string
        return .remote(message ?? "\(url) answers with status \(response.status.code)")
    }
}
