internal import Tensors

/// Reads little-endian values from a mapped file, front to back, never past its end.
struct ByteReader {
    let file: MappedFile
    private(set) var offset: Int
    /// What is being read, for the error: "metadata key 17 of 33".
    var subject = "the header"

    init(_ file: MappedFile, at offset: Int = 0) {
        self.file = file
        self.offset = offset
    }

    var remaining: Int { file.byteCount - offset }

    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self)
        throws(CheckpointError) -> T
    {
        let start = try advance(by: MemoryLayout<T>.size)
        // SAFETY: advance checked that the value's bytes lie inside the file.
        return file.withBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: T.self)) }
    }

    /// A 64-bit length followed by that many bytes of UTF-8.
    mutating func string() throws(CheckpointError) -> String {
        let start = try skipString()
        let range = start..<offset
        guard let text = file.withBytes({ String(validating: $0[range], as: UTF8.self) }) else {
            throw CheckpointError(
                .malformed,
                "\(file.path): \(subject) at byte \(start) is not valid UTF-8; the file is damaged, download "
                    + "it again"
            )
        }
        return text
    }

    /// Moves past a string and returns where its text starts.
    mutating func skipString() throws(CheckpointError) -> Int {
        let length = try integer(UInt64.self)
        guard let count = Int(exactly: length), count <= remaining else {
            throw truncated(needing: length)
        }
        return try advance(by: count)
    }

    /// Moves past `count` elements of `size` bytes.
    mutating func skip(_ count: UInt64, of size: Int) throws(CheckpointError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt64(size))
        guard !overflow, let bytes = Int(exactly: bytes), bytes <= remaining else {
            throw truncated(needing: overflow ? .max : bytes)
        }
        _ = try advance(by: bytes)
    }

    /// Moves past `count` bytes and returns where they start.
    private mutating func advance(by count: Int) throws(CheckpointError) -> Int {
        guard count <= remaining else { throw truncated(needing: UInt64(count)) }
        defer { offset += count }
        return offset
    }

    private func truncated(needing count: UInt64) -> CheckpointError {
        let (end, overflow) = UInt64(offset).addingReportingOverflow(count)
        return CheckpointError(
            .truncated,
            "\(file.path) is truncated: \(subject) needs bytes \(offset)..<\(overflow ? .max : end) but the "
                + "file has \(file.byteCount); download it again"
        )
    }
}
