// The process calls of this target.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A child process with standard input from /dev/null, and standard output and error in a file.
struct ChildProcess: ~Copyable {
    enum Outcome: Equatable {
        case exited(Int32)
        case signalled(Int32)

        /// Ctrl-C reaches every process of the terminal's foreground group.
        var isInterrupt: Bool { self == .signalled(SIGINT) || self == .signalled(SIGTERM) }
    }

    struct Failure: Error {
        let errorNumber: Int32
        var reason: String { String(cString: strerror(errorNumber)) }
    }

    private let identifier: pid_t

    /// Starts the executable at a path; `arguments` do not repeat it.
    init(_ executable: String, _ arguments: [String], environment: [String: String], outputFile: String)
        throws(Failure)
    {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.setDefaultSignals(&attributes)
        var process: pid_t = 0
        let variables = environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
        let result = Self.withCStrings([executable] + arguments) { arguments in
            Self.withCStrings(variables) { variables in
                posix_spawn(&process, executable, &actions, &attributes, arguments, variables)
            }
        }
        guard result == 0 else { throw Failure(errorNumber: result) }
        identifier = process
    }

    #if canImport(Darwin)
        private typealias Attributes = posix_spawnattr_t?
    #else
        private typealias Attributes = posix_spawnattr_t
    #endif

    /// A child inherits ignored and blocked signals: without this, Ctrl-C would not reach pip when the
    /// program itself ignores it.
    private static func setDefaultSignals(_ attributes: inout Attributes) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] {
            sigaddset(&signals, signal)
        }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    /// How the process ended; nil while it runs.
    ///
    /// After a result, never call anything again.
    func poll() -> Outcome? {
        var status: Int32 = 0
        let result = waitpid(identifier, &status, WNOHANG)
        if result == 0 || (result < 0 && errno == EINTR) {
            return nil
        }
        // waitpid fails otherwise only when something else in the process collected the child.
        return result < 0 ? .exited(-1) : Self.outcome(status)
    }

    /// Ends the process and waits until it is gone.
    func terminate() {
        kill(identifier, SIGTERM)
        // A second for the process to remove its files; then it goes without.
        for _ in 0..<100 {
            if poll() != nil { return }
            usleep(10_000)
        }
        kill(identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
    }

    // MARK: - Internals

    private static func outcome(_ status: Int32) -> Outcome {
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    /// Calls `body` with a null-terminated array of C strings.
    private static func withCStrings<R>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
            // SAFETY: the array holds at least the terminating nil, so it has an address.
            body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
