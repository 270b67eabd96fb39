// The file-system calls of this target.
internal import Checkpoints

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension FileSystem {
    struct Failure: Error {
        let errorNumber: Int32
        var reason: String { String(cString: strerror(errorNumber)) }
        var isNoSpace: Bool { errorNumber == ENOSPC || errorNumber == EDQUOT }
    }

    /// Bytes of all files below a folder.
    ///
    /// Symbolic links are not followed.
    static func treeBytes(_ folder: String) -> Int {
        entries(of: folder).reduce(0) { total, name in
            var status = stat()
            let path = folder + "/" + name
            guard lstat(path, &status) == 0 else { return total }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return total + Int(status.st_size)
            case S_IFDIR: return total + treeBytes(path)
            default: return total
            }
        }
    }

    /// Bytes an ordinary user can still write on the file system of `path`.
    static func freeBytes(_ path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }

    static func isExecutable(_ path: String) -> Bool {
        kind(of: path) == .file && access(path, X_OK) == 0
    }

    // MARK: - Changing

    /// Makes a folder and those above it.
    static func makeFolders(_ path: String) throws(Failure) {
        guard kind(of: path) != .folder else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolders(String(path[..<slash]))
        }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw Failure(errorNumber: errno) }
    }

    /// Makes a new folder whose name starts with `prefix`, for this user only.
    static func makeUniqueFolder(prefix: String) throws(Failure) -> String {
        var template = Array((prefix + "XXXXXX").utf8CString)
        let made = template.withUnsafeMutableBufferPointer {
            $0.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard made else {
            throw Failure(errorNumber: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Moves a file over another one in the same file system, so that readers see either of them whole.
    static func replace(_ destination: String, with source: String) throws(Failure) {
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0, rename(source, destination) == 0 else {
            throw Failure(errorNumber: errno)
        }
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Self.write(descriptor, $0) }
            guard written > 0 else { throw Failure(errorNumber: errno) }
            rest = rest.dropFirst(written)
        }
    }

    /// Removes a folder and all in it.
    ///
    /// Symbolic links are removed, not followed.
    static func removeTree(_ folder: String) {
        for name in entries(of: folder) {
            let path = folder + "/" + name
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                removeTree(path)
            } else {
                unlink(path)
            }
        }
        rmdir(folder)
    }

    static func sleep(milliseconds: UInt32) {
        usleep(milliseconds * 1000)
    }

    // MARK: - Locks

    /// Opens a file for locking.
    static func openLockFile(_ path: String) throws(Failure) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        return descriptor
    }

    /// Whether the lock was free and is now held, until the descriptor is closed or the process ends.
    static func tryLock(_ descriptor: Int32) throws(Failure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            return true
        }
        guard errno == EWOULDBLOCK || errno == EINTR else { throw Failure(errorNumber: errno) }
        return false
    }

    static func closeLockFile(_ descriptor: Int32) {
        close(descriptor)
    }

    // MARK: - Internals

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
