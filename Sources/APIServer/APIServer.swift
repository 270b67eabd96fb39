internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
package import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
package import Serving
internal import UnixSignals

/// A model behind HTTP.
package struct APIServer: Sendable {
    private let service: InferenceService
    private let settings: APIServerSettings
    private let logger: Logger

    package init(_ service: InferenceService, settings: APIServerSettings, logger: Logger) {
        self.service = service
        self.settings = settings
        self.logger = logger
    }

    /// Serves until the process is told to stop (SIGTERM, SIGINT) or the task is cancelled.
    ///
    /// Told to stop, it refuses new requests, lets running replies end for as long as `drainTime`, and returns.
    /// - Parameter onReady: called with the port when requests are taken.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let book = ConnectionBook()
        // Services end in the opposite order: replies first, then the server.
        try await Self.run(
            router(book), before: [Drain(service: service, time: settings.drainTime)], book: book,
            settings: settings, logger: logger, onReady: onReady)
    }

    // MARK: - Internals

    /// Answers with a router until the process is told to stop.
    /// - Parameter services: end before the server does.
    static func run(
        _ router: Router<ServerContext>, before services: [any Service], book: ConnectionBook,
        settings: APIServerSettings, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void
    ) async throws {
        var configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionWatch(book)],
            idleTimeout: .nanoseconds(Int64(settings.idleTime / .nanoseconds(1))))
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)
        let http = HTTPServerBuilder { [configuration] responder in
            ConnectionSetup(http: HTTP1Channel(responder: responder, configuration: configuration))
        }
        let server = try settings.certificate.map { try .tls(http, tlsConfiguration: tls($0)) } ?? http
        let application = Application(
            router: router, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "lmdeploy",
                availableConnectionsDelegate: .maximum(settings.maxConnections, logger: logger)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: logger)
        var group = ServiceGroupConfiguration(
            services: [application] + services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = settings.drainTime + .seconds(10)
        try await ServiceGroup(configuration: group).run()
    }

    private func router(_ book: ConnectionBook) -> Router<ServerContext> {
        var methods: [String: [HTTPRequest.Method]] = [:]
        let router = Router(context: ServerContext.self)
        for reading in OpenAPIDocument.readings { methods[reading.path] = [.get, .head] }
        for endpoint in Endpoints.all { for path in endpoint.paths { methods[path] = [.post] } }
        let pages = WebPages()
        for path in pages.paths { methods[path] = [.get, .head] }
        router.add(middleware: TracingMiddleware())
        router.add(
            middleware: Gateway(
                settings: settings, keys: APIKeys(settings.apiKeys), methods: methods, pages: pages))
        for kind in Endpoints.all {
            let route = EndpointRoute(
                endpoint: kind.init(service), service: service, settings: settings, book: book)
            for path in kind.paths {
                router.post(RouterPath(path)) { request, context in
                    try await route.respond(request, context)
                }
            }
        }
        addReadings(to: router)
        pages.add(to: router)
        return router
    }

    private func addReadings(to router: Router<ServerContext>) {
        let service = service
        let document = Response.json(
            OpenAPIDocument.output(version: settings.version, needsKey: !settings.apiKeys.isEmpty))
        let readings: [(String, @Sendable () -> Response)] = [
            ("/v1/models", { .json(ModelList.output(service)) }),
            ("/health", { .json(["status": "healthy", "message": "the server is running"]) }),
            ("/ready", { Self.readiness(service) }),
            ("/metrics", { Self.text(service.metrics.text(of: service)) }),
            ("/openapi.json", { document }),
        ]
        for (path, read) in readings {
            router.get(RouterPath(path)) { _, _ in read() }
            router.head(RouterPath(path)) { _, _ in read().createHeadResponse() }
        }
        router.get("/v1/models/{name}") { _, context in
            try service.checkModel(context.parameters.get("name"))
            return Response.json(ModelList.model(service))
        }
    }

    private static func readiness(_ service: InferenceService) -> Response {
        service.running.isDraining
            ? .json(["status": "draining", "message": "the server is shutting down"], status: 503)
            : .json(["status": "ready", "message": "requests are taken"])
    }

    private static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static func tls(_ files: APIServerSettings.Certificate) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(files.certificatePath)
        let key = try NIOSSLPrivateKey(file: files.keyPath, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}

/// Lets running replies end when the server is told to stop.
private struct Drain: Service {
    let service: InferenceService
    let time: Duration

    func run() async throws {
        try? await gracefulShutdown()
        service.running.beginDraining()
        let running = service.running
        let time = time
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(for: time)
                running.abort()
            }
            await running.waitUntilIdle()
            group.cancelAll()
        }
    }
}
