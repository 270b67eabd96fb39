#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Commands on their way to the engine's thread: many senders, one receiver that may wait.
final class Mailbox<Command: Sendable>: @unchecked Sendable {
    // SAFETY: `commands` is touched with the mutex held only; mutex and condition live as long as the mailbox.
    private var commands: [Command] = []
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func send(_ command: Command) {
        pthread_mutex_lock(mutex)
        commands.append(command)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Moves everything that has arrived into `received`.
    /// - Parameter waiting: sleeps until there is something.
    func receive(into received: inout [Command], waiting: Bool) {
        received.removeAll(keepingCapacity: true)
        pthread_mutex_lock(mutex)
        while waiting && commands.isEmpty { pthread_cond_wait(condition, mutex) }
        swap(&commands, &received)
        pthread_mutex_unlock(mutex)
    }
}

/// A thread of the operating system that runs one closure.
final class DedicatedThread: @unchecked Sendable {
    // SAFETY: `thread` is written once in init and read by join, which its owner calls once.
    private var thread: pthread_t

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// - Returns: `nil` when the system refuses a thread.
    init?(_ body: @escaping () -> Void) {
        let start = Unmanaged.passRetained(Start(body))
        #if canImport(Darwin)
            var handle: pthread_t?
            let status = pthread_create(
                &handle, nil,
                {
                    runStart($0); return nil
                }, start.toOpaque())
            guard status == 0, let handle else {
                start.release()
                return nil
            }
            thread = handle
        #else
            var handle = pthread_t()
            let status = pthread_create(
                &handle, nil,
                { argument in
                    if let argument { runStart(argument) }
                    return nil
                }, start.toOpaque())
            guard status == 0 else {
                start.release()
                return nil
            }
            thread = handle
        #endif
    }

    /// Waits for the closure to return. Call it once, from another thread.
    func join() { pthread_join(thread, nil) }

    fileprivate static func run(_ argument: UnsafeMutableRawPointer) {
        // SAFETY: the pointer is the retained Start of init, taken over exactly once.
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
    }
}

private func runStart(_ argument: UnsafeMutableRawPointer) { DedicatedThread.run(argument) }
