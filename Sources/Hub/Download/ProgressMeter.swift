internal import Synchronization

/// Adds up the progress of several downloads.
final class ProgressMeter: Sendable {
    private struct State {
        var progress: HubProgress
        var waiting = 0
        var verifying = 0
        /// Bytes that arrived, whatever became of them.
        var received = 0
        var samples: [(time: ContinuousClock.Instant, received: Int)] = []
    }

    private static let window = Duration.seconds(5)
    private static let sampleInterval = Duration.milliseconds(200)

    private let state = Mutex(State(progress: HubProgress(phase: .listing)))

    /// The state of things now.
    func snapshot() -> HubProgress {
        let now = ContinuousClock.now
        return state.withLock { state in
            if state.samples.last.map({ now - $0.time >= Self.sampleInterval }) ?? true {
                state.samples.append((now, state.received))
                state.samples.removeAll { now - $0.time > Self.window }
            }
            var progress = state.progress
            if let first = state.samples.first, let last = state.samples.last, last.time > first.time {
                let seconds = (last.time - first.time) / Duration.seconds(1)
                progress.bytesPerSecond = Double(last.received - first.received) / seconds
            }
            let missing = progress.totalFiles - progress.completedFiles
            if progress.phase == .downloading && missing > 0 {
                if state.waiting >= missing {
                    progress.phase = .waiting
                } else if state.verifying > 0 && state.verifying + state.waiting >= missing {
                    progress.phase = .verifying
                }
            }
            return progress
        }
    }

    func begin(files: Int, bytes: Int) {
        state.withLock {
            $0.progress.phase = .downloading
            $0.progress.totalFiles = files
            $0.progress.totalBytes = bytes
        }
    }

    /// Bytes that need not be downloaded any more, or must be again when negative.
    func count(_ bytes: Int) {
        state.withLock { $0.progress.bytes += bytes }
    }

    func receive(_ bytes: Int) {
        state.withLock {
            $0.progress.bytes += bytes
            $0.received += bytes
        }
    }

    func finishFile() { state.withLock { $0.progress.completedFiles += 1 } }

    /// Marks a file that waits for another process, while `body` runs.
    func waiting<R>(_ body: () async throws -> R) async rethrows -> R {
        state.withLock { $0.waiting += 1 }
        defer { state.withLock { $0.waiting -= 1 } }
        return try await body()
    }

    /// Marks a file that is being hashed, while `body` runs.
    func verifying<R>(_ body: () throws -> R) rethrows -> R {
        state.withLock { $0.verifying += 1 }
        defer { state.withLock { $0.verifying -= 1 } }
        return try body()
    }
}
