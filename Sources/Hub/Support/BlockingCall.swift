internal import NIOConcurrencyHelpers
internal import Synchronization

/// An asynchronous call whose caller waits for it.
enum BlockingCall {
    private static let pollSeconds = 0.1

    /// Runs `body` on threads of its own and waits for its result.
    /// - Parameters:
    ///   - isCancelled: asked ten times a second; `body` is cancelled when it says so.
    ///   - whileWaiting: called as often, on the caller's thread.
    static func run<R: Sendable>(
        isCancelled: () -> Bool,
        whileWaiting: () -> Void,
        _ body: @escaping @Sendable () async -> R
    ) -> R {
        let box = ResultBox<R>()
        let task = Task(executorPreference: HubExecutor()) {
            box.set(await body())
        }
        while true {
            let result = box.wait(seconds: pollSeconds)
            whileWaiting()
            if let result { return result }
            if isCancelled() { task.cancel() }
        }
    }

    /// Carries one value from a task to a waiting thread.
    private final class ResultBox<R: Sendable>: Sendable {
        private let isSet = ConditionLock(value: false)
        private let value = Mutex<R?>(nil)

        func set(_ value: R) {
            self.value.withLock { $0 = value }
            isSet.lock()
            isSet.unlock(withValue: true)
        }

        func wait(seconds: Double) -> R? {
            if isSet.lock(whenValue: true, timeoutSeconds: seconds) { isSet.unlock() }
            return value.withLock { $0 }
        }
    }
}
