internal import APIServer
internal import LMDeploy
internal import Serving

/// A model behind HTTP, from its options to the end of the server.
struct ServerRun {
    let model: ModelOptions
    let server: ServerOptions
    let template: ChatTemplateConfig
    let sessionStore: String?
    let engine: EngineOptions
    /// Where none is given.
    let port: Int
    /// Path of the page that people are sent to.
    let page: String

    func run() async throws {
        let environment = CurrentProcess.environment
        let settings = try server.serverSettings(environment, port: port)
        var config = engine.engineConfig(maxBatchSize: 1)
        config.maxBatchSize = server.batchSize
        config.sessionStore = sessionStore
        let pipeline = try ModelLoader(environment: environment).load(
            model, engineConfig: config, template: template)
        defer { pipeline.close() }
        let service = InferenceService(pipeline, settings: server.serviceSettings)
        try StandardStream.write(
            "lmdeploy \(ToolVersion.current): \(service.modelName)\n\(pipeline.plan.description)\n")
        try await Self.serve(settings, page: page) { onReady in
            try await APIServer(service, settings: settings, logger: server.logger).run(onReady: onReady)
        }
    }

    /// Says where a server listens, and what kept it from doing so.
    static func serve(
        _ settings: APIServerSettings, page: String,
        _ run: (@escaping @Sendable (Int) async -> Void) async throws -> Void
    ) async throws {
        let scheme = settings.certificate == nil ? "http" : "https"
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        do {
            try await run { port in
                // Who started the server may have closed its output, which is no reason to stop.
                try? StandardStream.write("serving at \(scheme)://\(host):\(port)\(page)\n")
            }
        } catch is CancellationError {
            return
        } catch {
            throw ToolError.server(address: "\(host):\(settings.port)", reason: "\(error)")
        }
    }
}
