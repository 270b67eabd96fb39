internal import Checkpoints

/// The download of a model's files: list, space, files, names.
struct ModelDownload: Sendable {
    let remote: any HubRemote
    let store: any ModelStore
    let selection: FileSelection
    let reference: ModelReference
    let revision: String
    let meter: ProgressMeter

    private struct Item {
        let file: RemoteFile
        let tag: String
        let place: DownloadPlace
    }

    private var limits: HubLimits { remote.settings.limits }

    /// - Returns: the path to open.
    func run() async throws -> String {
        let listing = try await remote.list(revision: revision)
        let choice = try selection.choose(
            from: listing.files, file: reference.file, of: reference.identifier)
        let missing = choice.files.filter { !isPresent($0, listing.commit) }
        let slots = ConnectionSlots(limits.connections)
        let items = try await describe(missing, listing.commit, slots)
        try checkSpace(items)
        meter.begin(files: items.count, bytes: items.reduce(0) { $0 + ($1.file.byteCount ?? 0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            // The small ones first: what is refused is refused early.
            var rest = items.sorted { ($0.file.byteCount ?? 0) < ($1.file.byteCount ?? 0) }[...]
            for _ in 0..<limits.filesAtATime {
                guard let item = rest.popFirst() else { break }
                group.addTask { try await download(item, listing.commit, slots) }
            }
            while try await group.next() != nil {
                guard let item = rest.popFirst() else { continue }
                group.addTask { try await download(item, listing.commit, slots) }
            }
        }
        try store.finish(revision: revision, listing: listing)
        return choice.entry.map { store.path(of: $0, commit: listing.commit) }
            ?? store.folder(of: listing.commit)
    }

    // MARK: - Internals

    /// Whether a file need not be downloaded.
    private func isPresent(_ file: RemoteFile, _ commit: String) -> Bool {
        guard store.has(file, commit: commit) else { return false }
        // A commit does not change; where a branch's name stands for it, the content may.
        guard remote.settings.service == .modelScope, let digest = file.digest else { return true }
        let path = store.path(of: file.path, commit: commit)
        let found = meter.verifying { ContentDigest.compute(path, like: digest) { _ in } }
        guard found != digest.text else { return true }
        FileSystem.remove(path)
        return false
    }

    private func describe(
        _ files: [RemoteFile], _ commit: String, _ slots: ConnectionSlots
    ) async throws -> [Item] {
        try await withThrowingTaskGroup(of: Item.self) { group in
            var items: [Item] = []
            var rest = files[...]
            for _ in 0..<limits.connections {
                guard let file = rest.popFirst() else { break }
                group.addTask { try await describe(file, commit, slots) }
            }
            while let item = try await group.next() {
                items.append(item)
                guard let file = rest.popFirst() else { continue }
                group.addTask { try await describe(file, commit, slots) }
            }
            return items
        }
    }

    private func describe(
        _ file: RemoteFile, _ commit: String, _ slots: ConnectionSlots
    ) async throws -> Item {
        do {
            let (described, tag) = try await slots.with { try await remote.describe(file, commit: commit) }
            return Item(
                file: described, tag: tag, place: try store.place(of: described, tag: tag, commit: commit))
        } catch let error as HubError where error.code == .fileNotFound {
            store.rememberMissing(file.path, commit: commit)
            throw error
        }
    }

    private func download(_ item: Item, _ commit: String, _ slots: ConnectionSlots) async throws {
        let file = FileDownload(
            remote: remote, file: item.file, commit: commit, place: item.place, slots: slots, meter: meter)
        do {
            try await file.run()
        } catch let error as HubError where error.code == .fileNotFound {
            store.rememberMissing(item.file.path, commit: commit)
            throw error
        }
        try store.publish(item.file, tag: item.tag, commit: commit)
        meter.finishFile()
    }

    /// Refuses a download that the disk cannot hold.
    private func checkSpace(_ items: [Item]) throws(HubError) {
        let needed = items.reduce(0) { sum, item in
            guard FileSystem.kind(of: item.place.destination) == .missing else { return sum }
            let ledger = FileSystem.smallText(item.place.ledger, limit: 64 << 20)
                .flatMap { DownloadLedger(text: $0, byteCount: item.file.byteCount) }
            return sum + max(0, (item.file.byteCount ?? 0) - (ledger?.bytesDone ?? 0))
        }
        let folder = remote.settings.cacheFolder
        guard needed > 0, let free = FileSystem.freeBytes(folder), free < needed + limits.spareBytes else {
            return
        }
        throw HubError(
            .diskFull,
            "downloading \(reference.identifier) needs \(needed >> 20) MiB in \(folder), which has "
                + "\(free >> 20) MiB free; make room, or name a folder on another disk with --download-dir or "
                + "HF_HUB_CACHE")
    }
}
