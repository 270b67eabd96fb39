#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Files that commands read whole.
enum InputFile {
    /// Larger than any text a person tokenizes, and small enough to hold in memory.
    private static let byteLimit = 1 << 30

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(ToolError) -> [UInt8] {
        if path == "-" { return try contents(StandardStream.input, "standard input") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw .cannotRead(path: path, reason: "it is a folder; give a file")
        }
        return try contents(descriptor, path)
    }

    private static func contents(_ descriptor: Int32, _ name: String) throws(ToolError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = StandardStream.read(descriptor, atMost: 1 << 16)
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= byteLimit else {
                throw .cannotRead(path: name, reason: "it has more than \(byteLimit.byteText)")
            }
        }
    }
}
