internal import AsyncHTTPClient
internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Serving

/// The pages before another server: everything that is no page is handed on to it.
package struct PageServer: Sendable {
    private let remote: String
    private let settings: APIServerSettings
    private let logger: Logger

    /// - Parameter remote: the address of an API server, such as `http://localhost:23333`.
    package init(remote: String, settings: APIServerSettings, logger: Logger) {
        self.remote = remote.hasSuffix("/") ? String(remote.dropLast()) : remote
        self.settings = settings
        self.logger = logger
    }

    /// Serves until the process is told to stop (SIGTERM, SIGINT) or the task is cancelled.
    /// - Parameter onReady: called with the port when requests are taken.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let pages = WebPages()
        let router = Router(context: ServerContext.self)
        let methods = Dictionary(
            uniqueKeysWithValues: pages.paths.map { ($0, [HTTPRequest.Method.get, .head]) })
        router.add(
            middleware: Gateway(
                settings: settings, keys: APIKeys(settings.apiKeys), methods: methods, pages: pages
            ))
        pages.add(to: router)
        for method in [HTTPRequest.Method.get, .head, .post, .delete] {
            router.on("**", method: method) { request, _ in try await forward(request) }
        }
        let book = ConnectionBook()
        try await APIServer.run(
            router, before: [], book: book, settings: settings, logger: logger, onReady: onReady)
    }

    // MARK: - Internals

    /// Says at once when nobody listens; the shared client would try again until the request's time is over.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Fields that are about one connection. What the body's length is, and whether it is compressed, is found out
    /// anew.
    private static let ownFields: Set<String> = [
        "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "accept-encoding",
    ]

    private func forward(_ request: Request) async throws -> Response {
        var outgoing = HTTPClientRequest(url: remote + request.uri.string)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers where !Self.ownFields.contains(field.name.canonicalName) {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
        if request.method == .post {
            let body: ByteBuffer
            do {
                body = try await request.body.collect(upTo: settings.maxBodyBytes)
            } catch is NIOTooManyBytesError {
                throw ServingError(
                    .bodyTooLarge, "the body is larger than \(settings.maxBodyBytes) bytes: send less")
            }
            outgoing.body = .bytes(body)
        }
        let answer: HTTPClientResponse
        do {
            answer = try await Self.client.execute(outgoing, timeout: .hours(24))
        } catch {
            throw ServingError(
                .badGateway,
                "the server at \(remote) does not answer (\(error)): start it, or check its address",
                retryAfterSeconds: 5)
        }
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name), !Self.ownFields.contains(name.canonicalName) else {
                continue
            }
            headers.append(HTTPField(name: name, value: value))
        }
        return Response(
            status: .init(code: Int(answer.status.code)), headers: headers,
            body: request.method == .head ? .init() : ResponseBody(asyncSequence: answer.body))
    }
}
