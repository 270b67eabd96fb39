internal import Synchronization

/// The lowest row in which something is wrong, noted from any thread.
final class FirstFailure: Sendable {
    private let row = Mutex<Int?>(nil)

    func note(_ index: Int) { row.withLock { $0 = min($0 ?? index, index) } }

    var first: Int? { row.withLock { $0 } }
}
