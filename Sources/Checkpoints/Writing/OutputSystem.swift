// The system calls of this target that change files.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

enum OutputSystem {
    struct Failure: Error {
        let errorNumber: Int32
        var reason: String { String(cString: strerror(errorNumber)) }
    }

    static func createFile(_ path: String) throws(Failure) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        return descriptor
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Self.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Failure(errorNumber: errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Continues writing at another place of the file.
    static func seek(_ descriptor: Int32, to offset: Int) throws(Failure) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw Failure(errorNumber: errno) }
    }

    /// Waits until the file is on the disk.
    static func synchronize(_ descriptor: Int32) throws(Failure) {
        guard fsync(descriptor) == 0 else { throw Failure(errorNumber: errno) }
    }

    static func closeFile(_ descriptor: Int32) { close(descriptor) }

    /// Makes a folder; false when there is something of that name already.
    static func makeFolder(_ path: String) throws(Failure) -> Bool {
        if mkdir(path, 0o777) == 0 { return true }
        guard errno == EEXIST else { throw Failure(errorNumber: errno) }
        return false
    }

    static func rename(_ path: String, to destination: String) throws(Failure) {
        guard Self.move(path, destination) == 0 else { throw Failure(errorNumber: errno) }
    }

    /// Removes an empty folder, if it is one.
    static func removeEmptyFolder(_ path: String) { rmdir(path) }

    /// Removes what is at a path and all in it.
    ///
    /// Symbolic links are removed, not followed.
    static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in FileSystem.entries(of: path) { removeTree(path + "/" + name) }
        rmdir(path)
    }

    static var processNumber: Int32 { getpid() }

    // MARK: - Internals

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes, count)
        #elseif canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #else
            Musl.write(descriptor, bytes, count)
        #endif
    }

    private static func move(_ source: String, _ destination: String) -> Int32 {
        #if canImport(Darwin)
            Darwin.rename(source, destination)
        #elseif canImport(Glibc)
            Glibc.rename(source, destination)
        #else
            Musl.rename(source, destination)
        #endif
    }
}
