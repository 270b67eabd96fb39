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
        do {
            try StandardStream.write(text, to: descriptor)
        } catch {
            throw .cannotWrite(path: path, reason: "\(error)")
        }
    }
}
