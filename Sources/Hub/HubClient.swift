internal import Checkpoints

/// Models of a hub, from its cache on disk or from the network.
package struct HubClient: Sendable {
    package enum Freshness: Sendable {
        /// What is in the cache is good enough; the hub is asked only when something is missing.
        case cached
        /// The hub is asked what the revision is now.
        case latest
    }

    package let settings: HubSettings

    package init(_ settings: HubSettings) {
        self.settings = settings
    }

    /// The path of a model, which is downloaded where it is not in the cache; waits until it is there.
    ///
    /// Files appear under their names only when they are complete and verified. What an interrupted download
    /// leaves is used by the next one.
    /// - Parameters:
    ///   - isCancelled: asked ten times a second, on the caller's thread.
    ///   - progress: called as often, on the caller's thread.
    package func resolve(
        _ reference: ModelReference, files: FileSelection = FileSelection(),
        freshness: Freshness = .cached, isCancelled: () -> Bool = { Task.isCancelled },
        progress: (HubProgress) -> Void = { _ in }
    ) throws(HubError) -> String {
        if let path = try beforeNetwork(reference, files, freshness) { return path }
        let meter = ProgressMeter()
        let result = BlockingCall.run(
            isCancelled: isCancelled, whileWaiting: { progress(meter.snapshot()) }
        ) { await download(reference, files, meter) }
        return try result.get()
    }

    /// The same for a caller that does not wait on its thread.
    package func resolve(
        _ reference: ModelReference, files: FileSelection = FileSelection(),
        freshness: Freshness = .cached
    ) async throws(HubError) -> String {
        if let path = try beforeNetwork(reference, files, freshness) { return path }
        return try await download(reference, files, ProgressMeter()).get()
    }

    /// The path of a model that is in the cache with all its files.
    package func cachedPath(
        of reference: ModelReference, files: FileSelection = FileSelection()
    ) throws(HubError) -> String? {
        let revision = reference.revision ?? defaultRevision
        let snapshot = CachedSnapshot(store: store(reference.identifier), selection: files)
        return try snapshot.path(of: reference, revision: revision)
    }

    // MARK: - Internals

    private var defaultRevision: String {
        settings.service == .modelScope ? ModelScopeRemote.defaultRevision : HuggingFaceRemote.defaultRevision
    }

    private func store(_ identifier: String) -> any ModelStore {
        switch settings.service {
        case .huggingFace: HuggingFaceCache(cacheFolder: settings.cacheFolder, identifier: identifier)
        case .modelScope: ModelScopeCache(cacheFolder: settings.cacheFolder, identifier: identifier)
        }
    }

    /// The path when the network is not needed; an error when it is and must not be used.
    private func beforeNetwork(
        _ reference: ModelReference, _ files: FileSelection, _ freshness: Freshness
    ) throws(HubError) -> String? {
        if settings.isOffline {
            if let path = try cachedPath(of: reference, files: files) { return path }
            throw HubError(
                .notCached,
                "\(reference.identifier) is not in \(settings.cacheFolder) with all its files, and HF_HUB_OFFLINE "
                    + "forbids to download it: unset HF_HUB_OFFLINE, or download it elsewhere with `lmdeploy "
                    + "pull` and copy the folder")
        }
        guard freshness == .cached else { return nil }
        // What does not fit what is in the cache may fit what the hub has.
        return try? cachedPath(of: reference, files: files)
    }

    private func download(
        _ reference: ModelReference, _ files: FileSelection, _ meter: ProgressMeter
    ) async -> Result<String, HubError> {
        do {
            let transport = try HTTPTransport(settings)
            let remote: any HubRemote =
                switch settings.service {
                case .huggingFace:
                    HuggingFaceRemote(
                        transport: transport, settings: settings, identifier: reference.identifier)
                case .modelScope:
                    ModelScopeRemote(
                        transport: transport, settings: settings, identifier: reference.identifier)
                }
            let download = ModelDownload(
                remote: remote, store: store(reference.identifier), selection: files, reference: reference,
                revision: reference.revision ?? defaultRevision, meter: meter)
            let result: Result<String, any Error>
            do {
                result = .success(try await download.run())
            } catch {
                result = .failure(error)
            }
            await transport.shutDown()
            return .success(try result.get())
        } catch {
            return .failure(Self.hubError(error))
        }
    }

    private static func hubError(_ error: any Error) -> HubError {
        if let error = error as? HubError { return error }
        if error is CancellationError || Task.isCancelled { return .cancelledByCaller }
        return HubError(.unreachable, "the download failed: " + "\(error)".printable(limit: 300))
    }
}
