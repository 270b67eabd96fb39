internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Listens for Ctrl-C on a terminal while a reply is printed, and keeps what else is typed meanwhile.
///
/// Ctrl-C is read as a key and not received as a signal: a signal would also reach the program that started this one
/// (`make chat`), which would not survive it.
final class KeyWatch: Sendable {
    private let descriptor: Int32
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let interrupt: @Sendable () -> Void
    private let typed = Mutex<[UInt8]>([])

    private static let interruptKey: UInt8 = 0x03

    /// Runs `body`; Ctrl-C on `descriptor` meanwhile calls `interrupt` on another thread.
    /// - Returns: what `body` returns, and the bytes that were typed behind the last Ctrl-C.
    static func run<Result>(
        descriptor: Int32, interrupt: @escaping @Sendable () -> Void, _ body: () async -> Result
    ) async -> (Result, typed: [UInt8]) {
        // Without a pipe or a thread the reply can still be read, though not stopped.
        guard let watch = KeyWatch(descriptor, interrupt) else { return (await body(), []) }
        let thread = watch.startThread()
        let result = await body()
        if let thread { watch.stop(thread) }
        return (result, watch.typed.withLock { $0 })
    }

    private init?(_ descriptor: Int32, _ interrupt: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.descriptor = descriptor
        self.interrupt = interrupt
        wakeRead = ends[0]
        wakeWrite = ends[1]
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }
}

// MARK: - Internals

extension KeyWatch {
    private func startThread() -> pthread_t? {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        // SAFETY: the new thread takes over the reference retained here.
        let context = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { argument in
                let pointer: UnsafeMutableRawPointer? = argument
                if let pointer { Unmanaged<KeyWatch>.fromOpaque(pointer).takeRetainedValue().watch() }
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            return nil
        }
        return thread
    }

    private func stop(_ thread: pthread_t) {
        var byte: UInt8 = 0
        _ = write(wakeWrite, &byte, 1)
        pthread_join(thread, nil)
    }

    private func watch() {
        while true {
            var events = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&events, nfds_t(events.count), -1)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0, events[1].revents == 0 else { return }
            let bytes = StandardStream.read(descriptor)
            // The terminal is gone: nobody reads the rest of the reply.
            guard !bytes.isEmpty else { return interrupt() }
            note(bytes)
        }
    }

    private func note(_ bytes: [UInt8]) {
        guard let last = bytes.lastIndex(of: Self.interruptKey) else {
            return typed.withLock { $0 += bytes }
        }
        // As terminals do, Ctrl-C also drops what was typed before it.
        typed.withLock { $0 = Array(bytes[(last + 1)...]) }
        interrupt()
    }
}
