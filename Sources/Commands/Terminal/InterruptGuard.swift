internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Lets work that has something to put in order end in its own way when the program is told to stop.
enum InterruptGuard {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    /// The signal that arrived, or 0.
    private static let arrived = Atomic<Int32>(0)

    /// Whether the program was told to stop.
    static var isInterrupted: Bool { arrived.load(ordering: .relaxed) != 0 }

    /// Runs `body`, which looks at `isInterrupted` often. After an interruption the program ends with the signal,
    /// as it would have without the guard; a second signal ends it at once.
    static func run<R>(_ body: () throws -> R) throws -> R {
        arrived.store(0, ordering: .relaxed)
        var previous: [(signal: Int32, action: sigaction)] = []
        for signal in signals {
            var action = sigaction()
            sigaction(signal, nil, &action)
            guard !isIgnored(action) else { continue }
            previous.append((signal, action))
            SignalHandler.installOnce(signal, remember)
        }
        defer {
            for (signal, action) in previous {
                var action = action
                sigaction(signal, &action, nil)
            }
            let signal = arrived.exchange(0, ordering: .relaxed)
            if signal != 0 { end(by: signal) }
        }
        return try body()
    }

    private static let remember: @convention(c) (Int32) -> Void = {
        InterruptGuard.arrived.store($0, ordering: .relaxed)
    }

    /// Threads of Swift's tasks have signals blocked, so the process gets it and another thread takes it.
    private static func end(by signal: Int32) {
        kill(getpid(), signal)
        sleep(1)
    }

    /// What was started with `nohup` stays deaf.
    private static func isIgnored(_ action: sigaction) -> Bool {
        #if canImport(Glibc)
            let handler = action.__sigaction_handler.sa_handler
        #elseif canImport(Musl)
            let handler = action.__sa_handler.sa_handler
        #else
            let handler = action.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == 1
    }
}
