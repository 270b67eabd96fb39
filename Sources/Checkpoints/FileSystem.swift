// The file-system calls of this target: looking only.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

package enum FileSystem {
    package enum Kind: Sendable {
        case missing, file, folder
        /// A device, a pipe, or something that may not be looked at.
        case other
    }

    package struct Status: Equatable, Sendable {
        package let byteCount: Int
        package let modifiedNanoseconds: Int
    }

    // MARK: - Looking

    package static func kind(of path: String) -> Kind {
        guard let status = rawStatus(of: path) else {
            return errno == ENOENT || errno == ENOTDIR ? .missing : .other
        }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    package static func status(of path: String) -> Status? {
        guard let status = rawStatus(of: path) else { return nil }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        return Status(
            byteCount: Int(status.st_size),
            modifiedNanoseconds: Int(modified.tv_sec) &* 1_000_000_000 &+ Int(modified.tv_nsec)
        )
    }

    /// The names in a folder, without "." and ".."; none when it cannot be read.
    package static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                // SAFETY: d_name is a zero-terminated string, and the entry lives until the next readdir.
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." {
                names.append(name)
            }
        }
        return names
    }

    // MARK: - Internals

    private static func rawStatus(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
