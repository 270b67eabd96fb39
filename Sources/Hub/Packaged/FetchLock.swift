internal import Checkpoints

/// Keeps two processes from fetching into one cache at once.
///
/// The lock ends with the process.
enum FetchLock {
    private static let pollMilliseconds: UInt32 = 200

    /// Runs `body` while holding the cache's lock; calls `whileWaiting` each time the lock was not free.
    static func withLock<R>(
        in cache: ModelCache,
        isCancelled: () -> Bool,
        whileWaiting: () -> Void,
        _ body: () throws(FetchError) -> R
    ) throws(FetchError) -> R {
        let path = cache.modelsFolder + "/.fetch.lock"
        let descriptor: Int32
        do {
            descriptor = try FileSystem.openLockFile(path)
        } catch {
            throw FetchError(.cacheNotWritable, FetchFolder.notWritable(cache, error))
        }
        defer { FileSystem.closeLockFile(descriptor) }
        while try !tryLock(descriptor, path) {
            guard !isCancelled() else {
                throw FetchError(.cancelled, "cancelled while another process was fetching the model")
            }
            whileWaiting()
            FileSystem.sleep(milliseconds: pollMilliseconds)
        }
        return try body()
    }

    private static func tryLock(_ descriptor: Int32, _ path: String) throws(FetchError) -> Bool {
        do {
            return try FileSystem.tryLock(descriptor)
        } catch {
            throw FetchError(
                .cacheNotWritable,
                "cannot lock \(path): \(error.reason); set LMDEPLOY_CACHE to a folder on a local disk"
            )
        }
    }
}
