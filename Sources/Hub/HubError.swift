internal import Checkpoints

/// Why a model could not be had from a hub, as one line that says what to do.
package struct HubError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case invalidReference
        /// An environment variable or an option has no usable value.
        case invalidSetting
        case unauthorized
        /// The model has conditions that the token's owner has not accepted.
        case gated
        case modelNotFound
        case revisionNotFound
        case fileNotFound
        /// The repository has nothing that is a model, or nothing that was asked for.
        case noModelFiles
        /// Several files could be meant.
        case ambiguous
        /// Not in the cache, and the network must not be used.
        case notCached
        case unreachable
        case rateLimited
        case serverFailed
        /// The server's answer makes no sense.
        case badResponse
        /// The server does not know the question.
        case unexpectedStatus
        /// A file is not what the hub's list says it is.
        case wrongContent
        case diskFull
        case cacheNotWritable
        case cancelled
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Whether another try may succeed.
    var isTransient: Bool {
        code == .unreachable || code == .serverFailed || code == .rateLimited
    }
}

extension HubError {
    static let cancelledByCaller = HubError(
        .cancelled, "the download was cancelled; it goes on from there next time")

    static func cannotWrite(_ path: String, _ failure: FileSystem.Failure) -> HubError {
        if failure.isNoSpace {
            return HubError(
                .diskFull,
                "the disk of \(path) is full (\(failure.reason)); make room, or name a folder on another disk "
                    + "with --download-dir or HF_HUB_CACHE; the download goes on from there")
        }
        return HubError(
            .cacheNotWritable,
            "cannot write to \(path): \(failure.reason); make it writable, or name another folder with "
                + "--download-dir or HF_HUB_CACHE")
    }

    /// Runs `body`, whose failures are about `path`.
    static func writing<R>(
        _ path: String, _ body: () throws(FileSystem.Failure) -> R
    ) throws(HubError) -> R {
        do {
            return try body()
        } catch {
            throw cannotWrite(path, error)
        }
    }
}
