// The file operations of the target `Tensors`, for fuzzing.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file's bytes in memory of exactly their size, which AddressSanitizer guards.
package final class MappedFile: Sendable {
    package let path: String
    package let byteCount: Int

    // SAFETY: written before init returns, read-only afterwards, freed in deinit.
    private nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    package init(path: String) throws(FileError) {
        guard let file = fopen(path, "r") else {
            throw FileError(path: path, operation: "read", reason: "it cannot be opened", errorNumber: errno)
        }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        byteCount = max(ftell(file), 0)
        rewind(file)
        bytes = .allocate(byteCount: byteCount, alignment: 64)
        let count = fread(bytes.baseAddress, 1, byteCount, file)
        precondition(count == byteCount, "the file changed while it was read")
        self.path = path
    }

    deinit { bytes.deallocate() }

    package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(bytes))
    }

    package func discard(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the file")
    }
}

package struct FileError: Error, Sendable, CustomStringConvertible {
    package let path: String
    package let operation: String
    package let reason: String
    package let errorNumber: Int32

    package var description: String { "cannot \(operation) \(path): \(reason)" }
}

package enum SystemMemory {
    package static func areEqual(_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ count: Int) -> Bool
    {
        memcmp(first, second, count) == 0
    }
}
