// The operating-system calls of this target: opening, mapping and advising memory.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

package enum SystemMemory {
    static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    struct Failure: Error {
        let errorNumber: Int32
        var reason: String { String(cString: strerror(errorNumber)) }
    }

    /// Maps a regular file read-only.
    ///
    /// An empty file gives a nil address, which no mapping has.
    static func mapFile(_ path: String) throws(Failure) -> (address: UnsafeRawPointer?, byteCount: Int) {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(errorNumber: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(errorNumber: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(errorNumber: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        let byteCount = Int(status.st_size)
        guard byteCount > 0 else { return (nil, 0) }
        let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw Failure(errorNumber: errno) }
        return (UnsafeRawPointer(address), byteCount)
    }

    /// Reserves zero-filled, page-aligned memory that is backed on first touch.
    static func mapZeroed(_ byteCount: Int) throws(Failure) -> UnsafeMutableRawPointer {
        let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0)
        guard let address, address != MAP_FAILED else { throw Failure(errorNumber: errno) }
        return address
    }

    /// Whether `count` bytes from two addresses on, all of which can be read, are the same.
    package static func areEqual(_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ count: Int) -> Bool
    {
        first == second || memcmp(first, second, count) == 0
    }

    static func unmap(_ address: UnsafeMutableRawPointer, _ byteCount: Int) {
        munmap(address, byteCount)
    }

    /// Tells the kernel that the pages of a read-only file mapping are no longer needed in memory.
    static func discardPages(_ address: UnsafeMutableRawPointer, _ byteCount: Int) {
        madvise(address, byteCount, Int32(MADV_DONTNEED))
    }

    /// Asks for huge pages where the platform has that advice.
    static func adviseHugePages(_ address: UnsafeMutableRawPointer, _ byteCount: Int) {
        #if os(Linux)
            madvise(address, byteCount, Int32(MADV_HUGEPAGE))
        #endif
    }

    private static var anonymous: Int32 {
        #if canImport(Darwin)
            MAP_ANON
        #else
            Int32(MAP_ANONYMOUS)
        #endif
    }
}
