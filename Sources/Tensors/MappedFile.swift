/// A file mapped read-only into memory.
///
/// The bytes are those of the file on disk: a process that truncates the file while it is mapped
/// makes later reads fail with a bus error, as with every memory-mapped checkpoint.
package final class MappedFile: Sendable {
    package let path: String
    package let byteCount: Int

    // SAFETY: the mapping is read-only, never changes its address, and lives until deinit.
    private nonisolated(unsafe) let address: UnsafeRawPointer?

    package init(path: String) throws(FileError) {
        do {
            (address, byteCount) = try SystemMemory.mapFile(path)
        } catch {
            throw FileError(
                path: path, operation: "read", reason: error.reason, errorNumber: error.errorNumber)
        }
        self.path = path
    }

    deinit {
        if let address {
            SystemMemory.unmap(UnsafeMutableRawPointer(mutating: address), byteCount)
        }
    }

    /// Calls `body` with all bytes of the file.
    ///
    /// The pointer is valid during the call, and as long as the caller keeps this object alive.
    package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: address, count: byteCount))
    }

    /// Drops the whole pages inside `range` from this process's memory, for example after a tensor was
    /// repacked.
    ///
    /// They are read from the file again when they are touched again.
    package func discard(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the file")
        guard let address else { return }
        let page = SystemMemory.pageSize
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard start < end else { return }
        // SAFETY: start..<end lies inside the mapping and is page-aligned relative to its page-aligned address.
        SystemMemory.discardPages(UnsafeMutableRawPointer(mutating: address + start), end - start)
    }
}

/// A file-system operation that the operating system refused.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package let path: String
    /// The verb of "cannot <operation> <path>".
    package let operation: String
    /// The operating system's reason, for example "No such file or directory".
    package let reason: String
    package let errorNumber: Int32

    package init(path: String, operation: String, reason: String, errorNumber: Int32) {
        self.path = path
        self.operation = operation
        self.reason = reason
        self.errorNumber = errorNumber
    }

    package var description: String { "cannot \(operation) \(path): \(reason)" }
}
