// The file-system calls of this target.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file that is written from front to back.
final class OutputFile {
    private let path: String
    private var descriptor: Int32
    private(set) var byteCount = 0

    init(path: String) throws(QuantizationError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Folder.failure(path) }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(QuantizationError) {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Darwin)
                let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #elseif canImport(Glibc)
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #else
                let written = Musl.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw Folder.failure(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        byteCount += bytes.count
    }

    func write(_ bytes: [UInt8]) throws(QuantizationError) {
        var failure: QuantizationError?
        bytes.withUnsafeBytes { bytes in
            do throws(QuantizationError) { try write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Hands everything to the disk.
    func finish() throws(QuantizationError) {
        guard fsync(descriptor) == 0 else { throw Folder.failure(path) }
        let result = close(descriptor)
        descriptor = -1
        guard result == 0 else { throw Folder.failure(path) }
    }
}

enum Folder {
    static func failure(_ path: String) -> QuantizationError {
        let number = errno
        let advice =
            switch number {
            case ENOSPC, EDQUOT: ": make room, or choose another folder"
            case EACCES, EPERM, EROFS: ": choose a folder that may be written to"
            default: ""
            }
        return .file(path: path, reason: String(cString: strerror(number)) + advice)
    }

    static func make(_ path: String) throws(QuantizationError) {
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path) }
    }

    static func rename(_ path: String, to target: String) throws(QuantizationError) {
        #if canImport(Darwin)
            let result = Darwin.rename(path, target)
        #elseif canImport(Glibc)
            let result = Glibc.rename(path, target)
        #else
            let result = Musl.rename(path, target)
        #endif
        guard result == 0 else { throw failure(target) }
    }

    static func remove(_ path: String) { _ = unlink(path) }

    static func removeFolder(_ path: String) { _ = rmdir(path) }
}

/// A file that is read in parts.
final class InputFile {
    private let path: String
    private let descriptor: Int32

    init(path: String) throws(QuantizationError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Folder.failure(path) }
    }

    deinit { _ = close(descriptor) }

    var byteCount: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    func read(_ range: Range<Int>) throws(QuantizationError) -> [UInt8] {
        var failure: QuantizationError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            while initialized < range.count {
                let count = pread(
                    descriptor, buffer.baseAddress.map { $0 + initialized }, range.count - initialized,
                    off_t(range.lowerBound + initialized))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    failure = count == 0 ? .file(path: path, reason: "ends too early") : Folder.failure(path)
                    return
                }
                initialized += count
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
