internal import AsyncHTTPClient
internal import Checkpoints
internal import NIOCore
internal import NIOHTTP1

/// The download of one file: in parallel ranges where it is long, going on from what is there, verified at
/// the end.
struct FileDownload: Sendable {
    let remote: any HubRemote
    let file: RemoteFile
    let commit: String
    let place: DownloadPlace
    let slots: ConnectionSlots
    let meter: ProgressMeter

    /// Why the parts that are there are of no use.
    private enum Setback: Error {
        /// The server sends whole files only.
        case rangeIgnored
        case contentChanged
    }

    private static let restarts = 3

    private var limits: HubLimits { remote.settings.limits }

    /// Returns when the file is at its place, whoever put it there.
    func run() async throws {
        let lock = try await meter.waiting { try await DownloadLock.acquire(place.lock) {} }
        defer { withExtendedLifetime(lock) {} }
        if let bytes = FileSystem.status(of: place.destination)?.byteCount, bytes == file.byteCount ?? bytes {
            meter.count(file.byteCount ?? 0)
            return
        }
        let partial = try PartialFile(
            place, byteCount: file.byteCount, segmentBytes: limits.segmentBytes)
        meter.count(partial.ledger.bytesDone)
        for attempt in 1... {
            do {
                try await transfer(partial)
                try verify(partial)
                return try partial.publish()
            } catch let setback as Setback {
                guard attempt <= Self.restarts else {
                    partial.remove()
                    throw changing
                }
                try restart(partial, segmentBytes: setback == .rangeIgnored ? 0 : limits.segmentBytes)
            } catch let error as HubError where error.code == .wrongContent {
                guard attempt == 1 else {
                    partial.remove()
                    throw error
                }
                // A proxy or a disk may have damaged it once.
                try restart(partial, segmentBytes: limits.segmentBytes)
            } catch {
                partial.save()
                throw error
            }
        }
    }

    private func restart(_ partial: PartialFile, segmentBytes: Int) throws(HubError) {
        meter.count(-partial.ledger.bytesDone)
        try partial.restart(DownloadLedger(byteCount: file.byteCount, segmentBytes: segmentBytes))
    }

    // MARK: - Transfer

    private func transfer(_ partial: PartialFile) async throws {
        let missing = partial.ledger.segments.indices.filter {
            !partial.ledger.segments[$0].isComplete
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = missing[...]
            for _ in 0..<limits.connections {
                guard let segment = rest.popFirst() else { break }
                group.addTask { try await fetch(segment, partial) }
            }
            while try await group.next() != nil {
                guard let segment = rest.popFirst() else { continue }
                group.addTask { try await fetch(segment, partial) }
            }
        }
        try partial.complete()
    }

    /// Downloads a segment, however often the connection breaks.
    private func fetch(_ segment: Int, _ partial: PartialFile) async throws {
        var patience = Patience(limits)
        while true {
            let before = partial.ledger.segments[segment].done
            do {
                return try await slots.with { try await request(segment, partial) }
            } catch let setback as Setback {
                throw setback
            } catch {
                if partial.ledger.segments[segment].done - before >= limits.stallBytes { patience.reset() }
                try await patience.wait(after: error)
            }
        }
    }

    /// One request for what is missing of a segment.
    private func request(_ index: Int, _ partial: PartialFile) async throws {
        let ledger = partial.ledger
        let segment = ledger.segments[index]
        let isPart = segment.position > 0 || ledger.segments.count > 1
        var headers: [(String, String)] = []
        if isPart {
            headers.append(("Range", "bytes=\(segment.position)-\(segment.end.map { "\($0 - 1)" } ?? "")"))
            if let validator = ledger.validator { headers.append(("If-Range", validator)) }
        }
        let address = try remote.address(of: file, commit: commit)
        let response = try await remote.transport.send(address, headers: headers)
        try checkTag(response)
        switch response.status {
        case 200 where !isPart: try checkLength(response)
        case 200: throw Setback.rangeIgnored
        case 206 where isPart: try checkRange(response, segment, ledger.byteCount)
        case 416 where isPart: throw Setback.contentChanged
        default:
            throw Waiting(remote.failure(revision: commit, file: file.path).error(response), response)
        }
        let tag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
        guard partial.accept(validator: tag) else { throw Setback.contentChanged }
        try await receive(response, index, partial)
    }

    private func receive(
        _ response: HTTPTransport.Response, _ index: Int, _ partial: PartialFile
    ) async throws {
        var window = (start: ContinuousClock.now, bytes: 0)
        do {
            for try await buffer in response.body {
                let segment = partial.ledger.segments[index]
                let room = segment.end.map { $0 - segment.position } ?? .max
                guard buffer.readableBytes <= room else { throw tooLong(response.address) }
                try buffer.withUnsafeReadableBytes { try partial.write($0, to: index) }
                meter.receive(buffer.readableBytes)
                window.bytes += buffer.readableBytes
                let elapsed = ContinuousClock.now - window.start
                if elapsed > .seconds(limits.stallSeconds) {
                    guard window.bytes >= limits.stallBytes else { throw slow(response.address) }
                    window = (.now, 0)
                }
            }
        } catch {
            throw NetworkFailure.describe(error, response.address)
        }
        let segment = partial.ledger.segments[index]
        guard segment.end == nil || segment.isComplete else {
            throw HubError(
                .unreachable,
                "\(response.address.host) ended \(file.path.quotedForMessage) after \(segment.position) of "
                    + "\(segment.end ?? 0) bytes; try again, it goes on from there")
        }
    }

    // MARK: - Checks

    /// The hub's own `ETag` must be the digest that its list has.
    private func checkTag(_ response: HTTPTransport.Response) throws(HubError) {
        guard remote.settings.service == .huggingFace, response.status < 300 else { return }
        let header =
            response.hubHeaders.first(name: "X-Linked-Etag")
            ?? (response.isRedirected ? nil : response.hubHeaders.first(name: "ETag"))
        guard let header, let digest = file.digest,
            let found = RemoteFile.Digest(hexadecimal: HuggingFaceRemote.tag(header))
        else { return }
        let isSameKind = found.text.utf8.count == digest.text.utf8.count
        guard isSameKind && found != digest else { return }
        throw HubError(
            .badResponse,
            "\(response.address.host) has other content for \(file.path.quotedForMessage) (\(found.text)) than "
                + "its list says (\(digest.text)); try again later")
    }

    private func checkLength(_ response: HTTPTransport.Response) throws(HubError) {
        guard let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }),
            let expected = file.byteCount, length != expected
        else { return }
        throw HubError(
            .wrongContent,
            "\(response.address.host) has \(length) bytes for \(file.path.quotedForMessage), and the hub's list "
                + "says \(expected); check the proxy, and try again")
    }

    private func checkRange(
        _ response: HTTPTransport.Response, _ segment: DownloadLedger.Segment, _ byteCount: Int?
    ) throws {
        let range = response.headers.first(name: "Content-Range").flatMap(ContentRange.init)
        guard let range, range.first == segment.position else {
            throw HubError(
                .badResponse,
                "\(response.address.host) sent another part of \(file.path.quotedForMessage) than was asked for; "
                    + "check the proxy")
        }
        if let total = range.total, let byteCount, total != byteCount { throw Setback.contentChanged }
    }

    private func verify(_ partial: PartialFile) throws {
        guard let digest = file.digest else { return }
        let found = try meter.verifying {
            try ContentDigest.compute(place.partial, like: digest) { _ in try Task.checkCancellation() }
        }
        guard found != digest.text else { return }
        let name = if case .sha256 = digest { "SHA-256" } else { "git hash" }
        throw HubError(
            .wrongContent,
            "\(file.path.quotedForMessage) of \(remote.identifier) arrived damaged twice: its \(name) is "
                + "\(found ?? "unreadable"), expected \(digest.text); nothing of it was kept; check the network "
                + "and the proxy, and try again")
    }

    private var changing: HubError {
        HubError(
            .badResponse,
            "\(file.path.quotedForMessage) of \(remote.identifier) changes while it is downloaded; try later")
    }

    private func tooLong(_ address: WebAddress) -> HubError {
        HubError(
            .wrongContent,
            "\(address.host) sends more of \(file.path.quotedForMessage) than its length in the hub's list "
                + "(\(file.byteCount ?? 0) bytes); nothing of it was kept; check the proxy, and try again")
    }

    private func slow(_ address: WebAddress) -> HubError {
        HubError(
            .unreachable,
            "\(address.host) sends less than \(limits.stallBytes >> 10) KiB in \(Int(limits.stallSeconds)) s of "
                + "\(file.path.quotedForMessage); try again, it goes on from there")
    }
}
