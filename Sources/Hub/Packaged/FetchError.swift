/// Why a model could not be fetched, as one line that says what to do.
package struct FetchError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case pythonMissing
        case pipMissing
        /// pip failed: usually no network, or an index without the package.
        case downloadFailed
        /// The package does not hold what it should.
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
}

/// How far a fetch has come.
package struct FetchProgress: Sendable, Equatable {
    package enum Phase: String, Sendable {
        /// Another process is fetching the same model.
        case waiting
        case downloading
        case unpacking
        case verifying
    }

    package let phase: Phase
    /// Done so far in this phase; never more than `totalBytes`.
    package let bytes: Int
    package let totalBytes: Int

    package init(phase: Phase, bytes: Int, totalBytes: Int) {
        self.phase = phase
        self.bytes = min(bytes, totalBytes)
        self.totalBytes = totalBytes
    }
}
