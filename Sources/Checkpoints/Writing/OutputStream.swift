/// A new file, written from front to back.
package final class OutputStream {
    package let path: String
    /// Bytes written so far.
    package private(set) var offset = 0
    private var descriptor: Int32

    package init(_ path: String) throws(CheckpointError) {
        self.path = path
        do {
            descriptor = try OutputSystem.createFile(path)
        } catch {
            throw .unwritable(path, error.reason)
        }
    }

    deinit {
        if descriptor >= 0 { OutputSystem.closeFile(descriptor) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        do {
            try OutputSystem.write(bytes, to: descriptor)
        } catch {
            throw .unwritable(path, error.reason)
        }
        offset += bytes.count
    }

    package func write(_ bytes: [UInt8]) throws(CheckpointError) {
        try Self.withBytes(of: bytes) { (bytes) throws(CheckpointError) in try write(bytes) }
    }

    /// Writes zeros up to a place behind what was written.
    package func pad(to end: Int) throws(CheckpointError) {
        try write([UInt8](repeating: 0, count: max(0, end - offset)))
    }

    /// Writes the beginning of the file, for which room was left.
    package func writeHead(_ bytes: [UInt8]) throws(CheckpointError) {
        precondition(bytes.count <= offset, "there is no room for a head")
        do throws(OutputSystem.Failure) {
            try OutputSystem.seek(descriptor, to: 0)
            try Self.withBytes(of: bytes) { (bytes) throws(OutputSystem.Failure) in
                try OutputSystem.write(bytes, to: descriptor)
            }
            try OutputSystem.seek(descriptor, to: offset)
        } catch {
            throw .unwritable(path, error.reason)
        }
    }

    /// Ends the file and waits until it is on the disk.
    package func finish() throws(CheckpointError) {
        do {
            try OutputSystem.synchronize(descriptor)
        } catch {
            throw .unwritable(path, error.reason)
        }
        OutputSystem.closeFile(descriptor)
        descriptor = -1
    }

    /// As the array's own method, which forgets the type of errors.
    private static func withBytes<E: Error>(
        of bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        let result = bytes.withUnsafeBytes { bytes in
            Result<Void, E> { () throws(E) in try body(bytes) }
        }
        try result.get()
    }
}

extension CheckpointError {
    static func unwritable(_ path: String, _ reason: String) -> CheckpointError {
        CheckpointError(
            .unwritable, "cannot write \(path): \(reason); check its permissions and the space on the disk")
    }
}
