internal import Hub

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where a model lies that is named by a path or by a hub's identifier.
enum ModelLocation {
    /// The path of `model`; downloads it when it is no path but an identifier, and not in the hub's cache.
    static func path(
        of model: String, config: TurbomindEngineConfig, environment: [String: String]
    ) throws -> String {
        guard access(model, F_OK) != 0, ModelReference.isReference(model) else { return model }
        var reference = try ModelReference(parsing: model)
        if let revision = config.revision {
            try ModelReference.checkRevision(revision)
            reference.revision = revision
        }
        let settings = try HubSettings(environment: environment, downloadFolder: config.downloadDirectory)
        return try HubClient(settings).resolve(reference)
    }
}
