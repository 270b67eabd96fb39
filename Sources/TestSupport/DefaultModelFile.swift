#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where `make test` puts the default model.
package enum DefaultModelFile {
    private static let environment = ProcessEnvironment.variables

    package struct Missing: Error, CustomStringConvertible {
        let path: String
        package var description: String { "\(path) is missing: run `make test`, which fetches it" }
    }

    /// With `CI` set the tests run, and fail, when the file is missing.
    package static var isUsable: Bool { exists || environment["CI"] == "true" }

    package static func path() throws(Missing) -> String {
        guard exists else { throw Missing(path: cachedPath) }
        return cachedPath
    }

    private static var exists: Bool { access(cachedPath, R_OK) == 0 }

    private static var cachedPath: String {
        let home = (environment["HOME"] ?? "") + "/.cache/lmdeploy"
        let cache = environment["LMDEPLOY_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
        return (cache ?? home) + "/models/SmolLM2-135M-Instruct.Q4_1.gguf"
    }
}
