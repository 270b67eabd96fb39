/// Where a server listens, and whom it serves.
package struct APIServerSettings: Sendable {
    /// Who may read answers in a browser.
    package struct CrossOrigin: Sendable, Equatable {
        package var origins = ["*"]
        package var methods = ["*"]
        package var headers = ["*"]
        package var allowsCredentials = false

        package init() {}
    }

    /// Files in PEM format.
    package struct Certificate: Sendable, Equatable {
        package var keyPath: String
        package var certificatePath: String

        package init(keyPath: String, certificatePath: String) {
            self.keyPath = keyPath
            self.certificatePath = certificatePath
        }
    }

    package var host = "0.0.0.0"
    /// 0 takes one that is free.
    package var port = 23333
    /// Without keys everybody is served.
    package var apiKeys: [String] = []
    package var certificate: Certificate?
    package var crossOrigin = CrossOrigin()
    /// Largest body of a request.
    package var maxBodyBytes = 16 << 20
    /// Whether `/metrics` needs no key.
    package var hasPublicMetrics = false
    /// Longest time that running replies get after the server was told to stop.
    package var drainTime = Duration.seconds(30)
    /// Connections are closed after this time without a request.
    package var idleTime = Duration.seconds(75)
    /// Most connections at a time.
    package var maxConnections = 4096
    /// Of the program.
    package var version = ""

    package init() {}
}
