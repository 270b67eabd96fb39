internal import Checkpoints

/// Keeps two processes, or two tasks, from downloading one file at once; it ends with the process.
final class DownloadLock: Sendable {
    private static let pollInterval = Duration.milliseconds(100)
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { FileSystem.closeLockFile(descriptor) }

    /// Waits until the lock is free, and takes it.
    static func acquire(_ path: String, whileWaiting: () -> Void) async throws -> DownloadLock {
        while true {
            try Task.checkCancellation()
            let lock = DownloadLock(
                try HubError.writing(path) { () throws(FileSystem.Failure) in
                    try FileSystem.openLockFile(path)
                })
            while try !lock.attempt(path) {
                whileWaiting()
                try await Task.sleep(for: pollInterval)
            }
            // Some programs remove the file when they give the lock back, which may have been meanwhile.
            if FileSystem.isOpen(lock.descriptor, at: path) { return lock }
        }
    }

    private func attempt(_ path: String) throws(HubError) -> Bool {
        do {
            return try FileSystem.tryLock(descriptor)
        } catch {
            throw HubError(
                .cacheNotWritable,
                "cannot lock \(path): \(error.reason); name a folder on a local disk with --download-dir or "
                    + "HF_HUB_CACHE")
        }
    }
}
