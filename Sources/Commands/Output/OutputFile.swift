#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Files that commands write their results to.
enum OutputFile {
    /// Replaces the file at `path` by `text`.
    static func write(_ text: String, to path: String) throws(ToolError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        try write(text, to: descriptor, path)
    }

    /// Appends lines to a file of CSV, which begins with `header`: a new file gets it.
    static func append(_ lines: String, under header: String, to path: String) throws(ToolError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        let found = StandardStream.read(descriptor, atMost: header.utf8.count)
        guard found.isEmpty || found == Array(header.utf8) else {
            throw .cannotWrite(path: path, reason: "it has other columns; move it away or name another file")
        }
        try write(found.isEmpty ? header + lines : lines, to: descriptor, path)
    }

    private static func write(_ text: String, to descriptor: Int32, _ path: String) throws(ToolError) {
        do {
            try StandardStream.write(text, to: descriptor)
        } catch {
            throw .cannotWrite(path: path, reason: "\(error)")
        }
    }
}
