import TestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where `make test` puts the default model.
enum DefaultModelFile {
    private static let environment = ProcessEnvironment.variables

    /// With `CI` set the tests run, and fail, when the file is missing.
    static var isUsable: Bool { exists || environment["CI"] == "true" }

    static func path() throws -> String {
        try #require(exists, "\(cachedPath) is missing: run `make test`, which fetches it")
        return cachedPath
    }

    private static var exists: Bool { access(cachedPath, R_OK) == 0 }

    private static var cachedPath: String {
        let home = (environment["HOME"] ?? "") + "/.cache/lmdeploy"
        let cache = environment["LMDEPLOY_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
        return (cache ?? home) + "/models/SmolLM2-135M-Instruct.Q4_1.gguf"
    }
}
