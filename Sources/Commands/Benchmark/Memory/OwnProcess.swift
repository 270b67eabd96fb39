// The process calls of this target.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// This program, run again as a child with other arguments.
enum OwnProcess {
    struct Result {
        /// 128 and the signal's number when a signal ended it, as in a shell.
        var exitCode: Int32
        /// Everything on standard output.
        var output: [UInt8]
    }

    /// Runs the program to its end. It inherits the environment and standard error; there is no input.
    /// - Parameter arguments: without the program's name.
    static func run(_ arguments: [String]) throws(ToolError) -> Result {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(errno) }
        defer { close(ends[0]) }
        let process: pid_t
        do {
            defer { close(ends[1]) }
            process = try spawn(arguments, reading: ends[0], writing: ends[1])
        }
        var output: [UInt8] = []
        while true {
            let piece = StandardStream.read(ends[0])
            if piece.isEmpty { break }
            output += piece
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw failure(errno) }
        }
        let signal = status & 0x7F
        return Result(exitCode: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: output)
    }

    // MARK: - Internals

    private static func spawn(
        _ arguments: [String], reading: Int32, writing: Int32
    ) throws(ToolError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, reading)
        posix_spawn_file_actions_addclose(&actions, writing)
        var process: pid_t = 0
        let executable = executablePath()
        var pointers = ([executable] + arguments).map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        pointers.append(nil)
        let result = posix_spawn(&process, executable, &actions, nil, pointers, environ)
        guard result == 0 else { throw failure(result) }
        return process
    }

    private static func executablePath() -> String {
        #if canImport(Darwin)
            var size: UInt32 = 0
            _NSGetExecutablePath(nil, &size)
            let path = [CChar](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                count = _NSGetExecutablePath(buffer.baseAddress, &size) == 0 ? Int(size) : 0
            }
            return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            // The link leads to this program's file, whatever it is called and wherever it was moved.
            return "/proc/self/exe"
        #endif
    }

    private static func failure(_ errorNumber: Int32) -> ToolError {
        .measurement("cannot start this program again: \(String(cString: strerror(errorNumber)))")
    }
}
