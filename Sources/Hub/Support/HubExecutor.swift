internal import NIOPosix

/// Runs the tasks of a download on threads of its own.
///
/// They write to disk and compute hashes, and a caller may block one of the few threads that Swift's other
/// tasks share until the download is done: on those, a download could wait for itself.
final class HubExecutor: TaskExecutor {
    private let threads = NIOThreadPool.singleton

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        threads.submit { _ in
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
