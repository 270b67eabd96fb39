package import APIServer
package import ArgumentParser
package import Logging
package import Serving

/// Where a server listens, whom it serves, and how much at a time.
package struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    package var serverName = "0.0.0.0"

    @Option(
        help: ArgumentHelp(
            "Port to listen on; 0 takes one that is free. (default: 23333, and 6006 for gradio)",
            valueName: "port"))
    package var serverPort: Int?

    @Option(
        help: ArgumentHelp(
            "Name under which clients ask for the model. (default: the model's own)", valueName: "name"))
    package var modelName: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Keys, one of which every request must carry.", valueName: "key"))
    package var apiKeys: [String] = []

    @Flag(help: "Serve over TLS; needs a key and a certificate.")
    package var ssl = false

    @Option(
        help: ArgumentHelp(
            "File of the private key, in PEM format. (default: the environment's SSL_KEYFILE)",
            valueName: "file"))
    package var sslKeyfile: String?

    @Option(
        help: ArgumentHelp(
            "File of the certificate and its chain, in PEM format. (default: the environment's SSL_CERTFILE)",
            valueName: "file"))
    package var sslCertfile: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Origins whose pages may read answers.", valueName: "origin"))
    package var allowOrigins: [String] = ["*"]

    @Flag(help: "Let pages of other origins send credentials.")
    package var allowCredentials = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Methods that pages of other origins may use.", valueName: "method"))
    package var allowMethods: [String] = ["*"]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Header fields that pages of other origins may send.", valueName: "field"))
    package var allowHeaders: [String] = ["*"]

    @Option(help: ArgumentHelp("Most replies that are generated at the same time.", valueName: "replies"))
    package var maxBatchSize: Int?

    @Option(help: ArgumentHelp("The same, as early versions called it.", valueName: "replies"))
    package var instanceNum: Int?

    @Option(
        help: ArgumentHelp(
            "Most replies that run or wait; more requests are answered with status 429. (default: 33 times the "
                + "batch)", valueName: "replies"))
    package var maxConcurrentRequests: Int?

    @Option(
        help: ArgumentHelp("Longest time a request may take. (default: no limit)", valueName: "seconds"))
    package var requestTimeout: Double?

    @Option(
        help: ArgumentHelp("Time that running replies get when the server is stopped.", valueName: "seconds"))
    package var drainTimeout = 30.0

    @Option(help: ArgumentHelp("Largest body of a request, such as 16MiB.", valueName: "size"))
    package var maxBodySize = "16MiB"

    @Flag(help: "Refuse request fields that nobody documents, instead of naming them in the answer's header.")
    package var strictFields = false

    @Flag(help: "Allow /abort_request.")
    package var enableAbortHandling = false

    @Flag(help: "Let /metrics and the pages be read without a key.")
    package var publicMetrics = false

    @Option(
        help: ArgumentHelp(
            "What is logged to standard error: TRACE, DEBUG, INFO (each request), NOTICE, WARNING, ERROR or "
                + "CRITICAL.", valueName: "level"))
    package var logLevel = "WARNING"

    package init() {}

    package func validate() throws {
        try require(
            (0...65535).contains(serverPort ?? 0), "--server-port", serverPort ?? 0, "0...65535")
        try require(modelName?.isEmpty != true, "--model-name", "empty", "a name")
        try require(!apiKeys.contains(""), "--api-keys", "an empty key", "keys of at least one character")
        try require(
            batchSizes.allSatisfy { $0 >= 1 }, "--max-batch-size", batchSizes.min() ?? 0, "at least 1")
        if let maxBatchSize, let instanceNum, maxBatchSize != instanceNum {
            throw ToolError.conflict(
                "--max-batch-size \(maxBatchSize) and --instance-num \(instanceNum) name two batch sizes: keep one"
            )
        }
        try require(
            maxConcurrentRequests.map { $0 >= 1 } ?? true, "--max-concurrent-requests",
            maxConcurrentRequests ?? 0, "at least 1")
        try require(
            requestTimeout.map { $0 > 0 && $0 <= 1e6 } ?? true, "--request-timeout", requestTimeout ?? 0,
            "seconds above 0")
        try require(
            drainTimeout >= 0 && drainTimeout <= 86400, "--drain-timeout", drainTimeout, "0...86400 seconds")
        let size = ByteSize(maxBodySize)?.bytes ?? 0
        try require(
            (1...1 << 30).contains(size), "--max-body-size", "'\(maxBodySize)'", "1 byte to 1GiB")
        try require(
            level != nil, "--log-level", "'\(logLevel)'",
            "TRACE, DEBUG, INFO, NOTICE, WARNING, ERROR or CRITICAL")
    }

    private var batchSizes: [Int] { [maxBatchSize, instanceNum].compactMap(\.self) }

    /// Most replies at the same time; `nil` takes the default of the engine.
    package var batchSize: Int? { maxBatchSize ?? instanceNum }

    private var level: Logger.Level? { Logger.Level(rawValue: logLevel.lowercased()) }

    /// Writes to standard error.
    package var logger: Logger {
        var logger = Logger(label: "lmdeploy") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level ?? .warning
        return logger
    }

    package var serviceSettings: ServiceSettings {
        var settings = ServiceSettings()
        settings.modelName = modelName
        settings.maxConcurrentRequests = maxConcurrentRequests
        settings.requestTimeout = requestTimeout.map { .seconds($0) }
        settings.strictFields = strictFields
        settings.allowsAbort = enableAbortHandling
        return settings
    }

    /// - Parameters:
    ///   - environment: may name the files for TLS.
    ///   - port: where none is given.
    package func serverSettings(
        _ environment: [String: String], port: Int = 23333
    ) throws -> APIServerSettings {
        var settings = APIServerSettings()
        settings.host = serverName
        settings.port = serverPort ?? port
        settings.apiKeys = apiKeys
        settings.certificate = try certificate(environment)
        settings.crossOrigin.origins = allowOrigins
        settings.crossOrigin.methods = allowMethods
        settings.crossOrigin.headers = allowHeaders
        settings.crossOrigin.allowsCredentials = allowCredentials
        settings.maxBodyBytes = ByteSize(maxBodySize)?.bytes ?? settings.maxBodyBytes
        settings.hasPublicMetrics = publicMetrics
        settings.drainTime = .seconds(drainTimeout)
        settings.version = ToolVersion.current
        return settings
    }

    /// Whether nothing is said about how a model's requests are treated.
    package var isWithoutService: Bool {
        modelName == nil && batchSize == nil && maxConcurrentRequests == nil && requestTimeout == nil
            && !strictFields && !enableAbortHandling
    }

    private func certificate(_ environment: [String: String]) throws -> APIServerSettings.Certificate? {
        guard ssl else {
            if sslKeyfile != nil || sslCertfile != nil {
                throw ToolError.conflict(
                    "--ssl-keyfile and --ssl-certfile are for --ssl: add it, or leave them out")
            }
            return nil
        }
        guard let key = sslKeyfile ?? environment["SSL_KEYFILE"] else {
            throw ToolError.option(
                name: "--ssl", found: "given without a private key", expected: "--ssl-keyfile or SSL_KEYFILE")
        }
        guard let certificate = sslCertfile ?? environment["SSL_CERTFILE"] else {
            throw ToolError.option(
                name: "--ssl", found: "given without a certificate",
                expected: "--ssl-certfile or SSL_CERTFILE")
        }
        for path in [key, certificate] where !FilePresence.exists(path) {
            throw ToolError.cannotRead(path: path, reason: "there is no such file")
        }
        return .init(keyPath: key, certificatePath: certificate)
    }

    private func require(
        _ valid: Bool, _ name: String, _ found: some Any, _ expected: String
    ) throws(ToolError) {
        if !valid { throw .option(name: name, found: "\(found)", expected: expected) }
    }
}
