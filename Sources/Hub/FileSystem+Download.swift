// The file-system calls of downloads.
internal import Checkpoints
internal import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension FileSystem {
    /// The text of a small file; nil when there is none, or when it is longer than `limit`.
    static func smallText(_ path: String, limit: Int = 64 << 10) -> String? {
        guard let bytes = status(of: path)?.byteCount, (1...limit).contains(bytes),
            let file = try? MappedFile(path: path)
        else { return nil }
        return file.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file so that readers see the old text or the new one whole.
    static func writeAtomically(_ text: String, to path: String) throws(Failure) {
        let temporary = path + "." + String(UInt32.random(in: .min ... .max), radix: 16) + ".tmp"
        do throws(Failure) {
            try write(text, to: temporary)
            guard rename(temporary, path) == 0 else { throw Failure(errorNumber: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Makes `pointer` a symbolic link to `target`, in place of what was there.
    /// - Parameter source: moved to `pointer` on file systems without links.
    static func link(_ pointer: String, to target: String, movingInstead source: String) throws(Failure) {
        let temporary = pointer + "." + String(UInt32.random(in: .min ... .max), radix: 16) + ".tmp"
        if symlink(target, temporary) == 0 {
            guard rename(temporary, pointer) == 0 else {
                let number = errno
                unlink(temporary)
                throw Failure(errorNumber: number)
            }
            return
        }
        guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS].contains(errno), rename(source, pointer) == 0 else {
            throw Failure(errorNumber: errno)
        }
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    static func move(_ source: String, to destination: String) throws(Failure) {
        guard rename(source, destination) == 0 else { throw Failure(errorNumber: errno) }
    }

    /// Whether the lock file that was opened is still the one at `path`: others may have removed it.
    static func isOpen(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var found = stat()
        return fstat(descriptor, &opened) == 0 && stat(path, &found) == 0
            && opened.st_ino == found.st_ino && opened.st_dev == found.st_dev
    }
}

/// A file that is written at several places at once.
final class WritableFile: Sendable {
    private let descriptor: Int32

    /// Opens or makes the file; never through a symbolic link.
    init(_ path: String) throws(FileSystem.Failure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw FileSystem.Failure(errorNumber: errno) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileSystem.Failure) {
        var rest = bytes[...]
        var position = offset
        while !rest.isEmpty {
            let count = pwrite(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, off_t(position))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileSystem.Failure(errorNumber: count == 0 ? ENOSPC : errno) }
            rest = rest.dropFirst(count)
            position += count
        }
    }

    func truncate(to byteCount: Int) throws(FileSystem.Failure) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw FileSystem.Failure(errorNumber: errno)
        }
    }

    func synchronize() throws(FileSystem.Failure) {
        guard fsync(descriptor) == 0 else { throw FileSystem.Failure(errorNumber: errno) }
    }
}
