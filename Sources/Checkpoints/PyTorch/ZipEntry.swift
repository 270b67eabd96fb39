internal import Tensors

/// One entry of a zip file's directory.
struct ZipEntry {
    let name: String
    let byteCount: Int
    /// Of the entry's own header.
    let offset: Int
    private let flags: UInt16

    private static let directorySignature: UInt32 = 0x0201_4B50
    /// The fixed part of an entry in the directory, and of its own header.
    static let directoryBytes = 46
    private static let headerBytes = 30
    private static let signature: UInt32 = 0x0403_4B50
    /// A flag: the sizes follow the data, and the header has zeros.
    private static let hasLateSizes: UInt16 = 8

    /// - Parameter limit: the directory's end.
    init(_ reader: inout ByteReader, in file: MappedFile, limit: Int) throws(CheckpointError) {
        let start = reader.offset
        guard limit - start >= Self.directoryBytes,
            try reader.integer(UInt32.self) == Self.directorySignature
        else {
            throw ZipArchive.damaged(file, "has no directory entry at byte \(start)")
        }
        try reader.skip(4, of: 1)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        try reader.skip(8, of: 1)
        var compressed = UInt64(try reader.integer(UInt32.self))
        var plain = UInt64(try reader.integer(UInt32.self))
        let nameBytes = Int(try reader.integer(UInt16.self))
        let extraBytes = Int(try reader.integer(UInt16.self))
        let commentBytes = Int(try reader.integer(UInt16.self))
        try reader.skip(2 + 2 + 4, of: 1)
        var offset = UInt64(try reader.integer(UInt32.self))
        guard nameBytes + extraBytes + commentBytes <= limit - reader.offset else {
            throw ZipArchive.damaged(
                file, "has a directory entry at byte \(start) that does not fit the directory")
        }
        let name = try Self.text(file, reader.offset..<reader.offset + nameBytes)
        try reader.skip(UInt64(nameBytes), of: 1)
        try Self.longSizes(file, reader.offset..<reader.offset + extraBytes, &plain, &compressed, &offset)
        try reader.skip(UInt64(extraBytes + commentBytes), of: 1)
        guard method == 0, flags & 1 == 0 else {
            throw CheckpointError(
                .unsupported,
                "\(file.path): the zip entry \(quoted(name)) is "
                    + (method == 0 ? "encrypted" : "compressed (method \(method))")
                    + ", which torch.save never does; unpack the file and zip it again without compression")
        }
        guard plain == compressed, let byteCount = Int(exactly: plain), let offset = Int(exactly: offset)
        else { throw ZipArchive.damaged(file, "has the entry \(quoted(name)) with sizes that cannot be") }
        (self.name, self.byteCount, self.offset, self.flags) = (name, byteCount, offset, flags)
    }

    /// Checks the entry's own header against the directory.
    func dataRange(in file: MappedFile, limit: Int) throws(CheckpointError) -> Range<Int> {
        guard offset <= limit, limit - offset >= Self.headerBytes else {
            throw ZipArchive.damaged(file, "has the entry \(quoted(name)) outside of the file")
        }
        var reader = ByteReader(file, at: offset)
        guard try reader.integer(UInt32.self) == Self.signature else {
            throw ZipArchive.damaged(file, "has no entry at byte \(offset), where \(quoted(name)) should be")
        }
        try reader.skip(2, of: 1)
        let ownFlags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        try reader.skip(8, of: 1)
        let sizes = [try reader.integer(UInt32.self), try reader.integer(UInt32.self)]
        let nameBytes = Int(try reader.integer(UInt16.self))
        let extraBytes = Int(try reader.integer(UInt16.self))
        guard nameBytes + extraBytes <= limit - reader.offset else {
            throw ZipArchive.damaged(file, "has the entry \(quoted(name)) outside of the file")
        }
        let nameRange = reader.offset..<reader.offset + nameBytes
        let isSameName = file.withBytes { $0[nameRange].elementsEqual(name.utf8) }
        let areSameSizes = sizes.allSatisfy {
            UInt64($0) == UInt64(byteCount) || $0 == .max || ($0 == 0 && flags & Self.hasLateSizes != 0)
        }
        guard isSameName, areSameSizes, method == 0, ownFlags == flags else {
            throw ZipArchive.damaged(
                file, "has a header at byte \(offset) that disagrees with the directory on \(quoted(name))")
        }
        let start = nameRange.upperBound + extraBytes
        guard byteCount <= limit - start else {
            throw CheckpointError(
                .truncated,
                "\(file.path) is truncated: the zip entry \(quoted(name)) needs bytes \(start)..<"
                    + "\(start.addingReportingOverflow(byteCount).partialValue) but the data ends at "
                    + "\(limit); download it again")
        }
        return start..<start + byteCount
    }

    // MARK: - Internals

    /// Sizes and offset that need 64 bits are in an extra field with the tag 1, in this order.
    private static func longSizes(
        _ file: MappedFile, _ extra: Range<Int>, _ plain: inout UInt64, _ compressed: inout UInt64,
        _ offset: inout UInt64
    ) throws(CheckpointError) {
        var reader = ByteReader(file, at: extra.lowerBound)
        while extra.upperBound - reader.offset >= 4 {
            let tag = try reader.integer(UInt16.self)
            let size = Int(try reader.integer(UInt16.self))
            let end = reader.offset + size
            guard end <= extra.upperBound else { return }
            if tag == 1 {
                if plain == 0xFFFF_FFFF, end - reader.offset >= 8 {
                    plain = try reader.integer(UInt64.self)
                }
                if compressed == 0xFFFF_FFFF, end - reader.offset >= 8 {
                    compressed = try reader.integer(UInt64.self)
                }
                if offset == 0xFFFF_FFFF, end - reader.offset >= 8 {
                    offset = try reader.integer(UInt64.self)
                }
                return
            }
            try reader.skip(UInt64(size), of: 1)
        }
    }

    private static func text(_ file: MappedFile, _ range: Range<Int>) throws(CheckpointError) -> String {
        guard let text = file.withBytes({ String(validating: $0[range], as: UTF8.self) }) else {
            throw ZipArchive.damaged(file, "has a name at byte \(range.lowerBound) that is not valid UTF-8")
        }
        return text
    }
}
