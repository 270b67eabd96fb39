internal import Checkpoints
internal import Synchronization

/// A file that grows in several places, and the ledger beside it.
final class PartialFile: Sendable {
    private struct State {
        var ledger: DownloadLedger
        var lastSave: ContinuousClock.Instant
    }

    let place: DownloadPlace
    private let file: WritableFile
    private let state: Mutex<State>

    private static let saveInterval = Duration.seconds(1)

    /// Goes on with what an earlier run left, or starts anew.
    init(_ place: DownloadPlace, byteCount: Int?, segmentBytes: Int) throws(HubError) {
        self.place = place
        if FileSystem.kind(of: place.partial) == .missing, let foreign = place.foreignPartial {
            try Self.adopt(foreign, place, DownloadLedger(byteCount: byteCount, segmentBytes: segmentBytes))
        }
        let stored = FileSystem.smallText(place.ledger, limit: 64 << 20)
            .flatMap { DownloadLedger(text: $0, byteCount: byteCount) }
        let present = FileSystem.status(of: place.partial)?.byteCount ?? 0
        let isUsable = stored.map { ledger in
            ledger.segments.allSatisfy { $0.done == 0 || $0.position <= present }
        }
        file = try HubError.writing(place.partial) { () throws(FileSystem.Failure) in
            try WritableFile(place.partial)
        }
        let fresh = DownloadLedger(byteCount: byteCount, segmentBytes: segmentBytes)
        let ledger = isUsable == true ? stored ?? fresh : fresh
        state = Mutex(State(ledger: ledger, lastSave: .now))
        if isUsable != true { try restart(fresh) }
    }

    var ledger: DownloadLedger { state.withLock { $0.ledger } }

    /// Appends to a segment.
    func write(_ bytes: UnsafeRawBufferPointer, to segment: Int) throws(HubError) {
        let position = state.withLock { $0.ledger.segments[segment].position }
        try HubError.writing(place.partial) { () throws(FileSystem.Failure) in
            try file.write(bytes, at: position)
        }
        let now = ContinuousClock.now
        let ledger = state.withLock { state -> DownloadLedger? in
            state.ledger.add(bytes.count, to: segment)
            guard now - state.lastSave > Self.saveInterval else { return nil }
            state.lastSave = now
            return state.ledger
        }
        if let ledger { Self.save(ledger, place) }
    }

    /// Remembers the server's `ETag`.
    /// - Returns: false when the parts that are there came with another one.
    func accept(validator: String?) -> Bool {
        state.withLock { state in
            guard let validator else { return true }
            if let known = state.ledger.validator, known != validator { return false }
            state.ledger.validator = validator
            return true
        }
    }

    /// Forgets all that is there.
    func restart(_ ledger: DownloadLedger) throws(HubError) {
        try HubError.writing(place.partial) { () throws(FileSystem.Failure) in
            try file.truncate(to: 0)
        }
        state.withLock { $0.ledger = ledger }
        Self.save(ledger, place)
    }

    func save() { Self.save(ledger, place) }

    /// Cuts off what lies behind a file's end, and makes sure that the bytes are on the disk.
    func complete() throws(HubError) {
        let end = ledger.byteCount ?? ledger.bytesDone
        try HubError.writing(place.partial) { () throws(FileSystem.Failure) in
            try file.truncate(to: end)
            try file.synchronize()
        }
    }

    /// Gives the file its final name.
    func publish() throws(HubError) {
        try HubError.writing(place.destination) { () throws(FileSystem.Failure) in
            try FileSystem.move(place.partial, to: place.destination)
        }
        FileSystem.remove(place.ledger)
    }

    func remove() {
        FileSystem.remove(place.partial)
        FileSystem.remove(place.ledger)
    }

    // MARK: - Internals

    /// A ledger that cannot be written only costs the download of some bytes again.
    private static func save(_ ledger: DownloadLedger, _ place: DownloadPlace) {
        try? FileSystem.writeAtomically(ledger.text, to: place.ledger)
    }

    /// Takes over the beginning of the file that another program left.
    private static func adopt(
        _ foreign: String, _ place: DownloadPlace, _ empty: DownloadLedger
    ) throws(HubError) {
        guard FileSystem.kind(of: foreign) == .file, let bytes = FileSystem.status(of: foreign)?.byteCount,
            bytes > 0, bytes <= empty.byteCount ?? 0
        else { return }
        try HubError.writing(place.partial) { () throws(FileSystem.Failure) in
            try FileSystem.move(foreign, to: place.partial)
        }
        var ledger = empty
        ledger.fill(prefix: bytes)
        save(ledger, place)
    }
}
