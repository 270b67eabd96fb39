internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What is asked of a hub about one model.
protocol HubRemote: Sendable {
    static var defaultRevision: String { get }

    var transport: HTTPTransport { get }
    var settings: HubSettings { get }
    var identifier: String { get }

    func list(revision: String) async throws -> RemoteListing
    func address(of file: RemoteFile, commit: String) throws(HubError) -> WebAddress
    /// Length and digest where the list does not have them, and the name under which a cache keeps the content.
    func describe(_ file: RemoteFile, commit: String) async throws -> (file: RemoteFile, tag: String)
}

extension HubRemote {
    func address(_ path: String) throws(HubError) -> WebAddress {
        guard let address = WebAddress(settings.endpoint + path) else {
            throw HubError(
                .invalidReference,
                "\(path.quotedForMessage) is too long for an address of \(settings.endpoint)")
        }
        return address
    }

    func failure(revision: String, file: String? = nil) -> StatusFailure {
        StatusFailure(settings: settings, identifier: identifier, revision: revision, file: file)
    }

    /// Runs `body` again after failures that may pass.
    func retrying<R>(_ body: () async throws -> R) async throws -> R {
        var patience = Patience(settings.limits)
        while true {
            do {
                return try await body()
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    /// A JSON answer and what it says about its next page.
    func json<T: Decodable & Sendable>(
        _ type: T.Type, _ address: WebAddress, revision: String
    ) async throws -> (value: T, next: WebAddress?) {
        try await retrying {
            let response = try await transport.send(address)
            guard response.status == 200 else {
                throw Waiting(failure(revision: revision).error(response), response)
            }
            let bytes: ByteBuffer
            do {
                bytes = try await response.body.collect(upTo: settings.limits.listBytes)
            } catch let error where error is NIOTooManyBytesError {
                throw HubError(
                    .badResponse,
                    "the list of files of \(identifier) has more than \(settings.limits.listBytes >> 20) MiB: "
                        + "refused")
            } catch {
                throw NetworkFailure.describe(error, address)
            }
            guard let value = try? JSONDecoder().decode(type, from: Data(bytes.readableBytesView)) else {
                throw HubError(
                    .badResponse,
                    "\(address.publicText) did not answer with a list of files; check HF_ENDPOINT and the proxy"
                )
            }
            return (value, LinkHeader.next(response.headers["Link"], from: address))
        }
    }

    /// Refuses lists that no model has, and names that would lead out of the model's folder.
    func checked(_ files: [RemoteFile]) throws(HubError) -> [RemoteFile] {
        guard files.count <= settings.limits.listFiles else {
            throw HubError(
                .badResponse,
                "\(identifier) lists more than \(settings.limits.listFiles) files: refused")
        }
        var seen: Set<String> = []
        for file in files {
            guard SafePath.isSafe(file.path) else {
                throw HubError(
                    .badResponse,
                    "\(identifier) lists a file named \(file.path.quotedForMessage), which could lead out of its "
                        + "folder: refused")
            }
            guard seen.insert(file.path).inserted else {
                throw HubError(
                    .badResponse, "\(identifier) lists the file \(file.path.quotedForMessage) twice: refused")
            }
            guard (0...Self.largestFile).contains(file.byteCount ?? 0) else {
                throw HubError(
                    .badResponse,
                    "\(identifier) says \(file.path.quotedForMessage) has \(file.byteCount ?? 0) bytes: refused"
                )
            }
        }
        return files
    }

    /// 32 TiB: the sizes of any list that is accepted add up without overflow.
    private static var largestFile: Int { 1 << 45 }
}

/// An error with the time that the server asks to wait.
struct Waiting: Error {
    let error: HubError
    let seconds: Double?

    init(_ error: HubError, _ response: HTTPTransport.Response) {
        self.error = error
        seconds = RetryDelay.seconds(
            retryAfter: response.headers.first(name: "Retry-After"),
            rateLimit: response.headers.first(name: "RateLimit"))
    }
}

/// Counts failures and waits between them.
struct Patience {
    private let limits: HubLimits
    private var failures = 0
    private var waited = 0.0

    init(_ limits: HubLimits) {
        self.limits = limits
    }

    /// Forgets failures, because something was achieved.
    mutating func reset() { failures = 0 }

    /// Waits before the next try, or throws the error when there should be none.
    mutating func wait(after error: any Error) async throws {
        let asked = (error as? Waiting)?.seconds
        guard let known = (error as? Waiting)?.error ?? error as? HubError else { throw error }
        failures += 1
        guard known.isTransient, failures < limits.attempts else { throw known }
        let doubled = limits.retrySeconds * Double(1 << min(failures - 1, 6)) * Double.random(in: 0.75...1)
        let seconds = max(asked ?? 0, doubled)
        waited += seconds
        guard waited <= limits.longestWaitSeconds else { throw known }
        try await Task.sleep(for: .seconds(seconds))
    }
}
