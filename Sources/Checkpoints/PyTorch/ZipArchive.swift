internal import Tensors

/// The directory of a zip file whose entries are stored without compression, as `torch.save` writes them.
///
/// The central directory must agree with every entry's own header, and entries must not share bytes: a file
/// that two programs could read differently is refused. Checksums are not checked; `torch.save` can leave
/// them out, and comparing them would read the whole file.
struct ZipArchive {
    let file: MappedFile
    /// Where each entry's bytes lie in the file.
    let entries: [String: Range<Int>]

    init(_ file: MappedFile) throws(CheckpointError) {
        let directory = try Self.directory(of: file)
        var reader = ByteReader(file, at: directory.range.lowerBound)
        reader.subject = "the zip directory"
        var entries: [String: Range<Int>] = [:]
        var occupied: [(range: Range<Int>, name: String)] = []
        for _ in 0..<directory.count {
            let entry = try ZipEntry(&reader, in: file, limit: directory.range.upperBound)
            let data = try entry.dataRange(in: file, limit: directory.range.lowerBound)
            guard entries.updateValue(data, forKey: entry.name) == nil else {
                throw Self.damaged(file, "has the entry \(quoted(entry.name)) twice")
            }
            occupied.append((entry.offset..<data.upperBound, entry.name))
        }
        guard reader.offset == directory.range.upperBound else {
            throw Self.damaged(file, "has a directory that is longer than its \(directory.count) entries")
        }
        occupied.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (before, after) in zip(occupied, occupied.dropFirst())
        where before.range.upperBound > after.range.lowerBound {
            throw Self.damaged(
                file, "has entries \(quoted(before.name)) and \(quoted(after.name)) that overlap")
        }
        self.file = file
        self.entries = entries
    }

    static func damaged(_ file: MappedFile, _ problem: String) -> CheckpointError {
        CheckpointError(
            .malformed, "\(file.path): the zip file \(problem); the file is damaged, download it again")
    }
}

// MARK: - Finding the directory

extension ZipArchive {
    private static let endSignature: UInt32 = 0x0605_4B50
    private static let longEndSignature: UInt32 = 0x0606_4B50
    private static let longLocatorSignature: UInt32 = 0x0706_4B50
    private static let endBytes = 22
    private static let longEndBytes = 56
    private static let longLocatorBytes = 20

    private struct Directory {
        var count: Int
        var range: Range<Int>
    }

    private static func directory(of file: MappedFile) throws(CheckpointError) -> Directory {
        let end = try endOffset(of: file)
        var reader = ByteReader(file, at: end + 4)
        reader.subject = "the zip file's end record"
        let disk = try reader.integer(UInt16.self)
        let directoryDisk = try reader.integer(UInt16.self)
        let countHere = try reader.integer(UInt16.self)
        let short = (
            count: UInt64(try reader.integer(UInt16.self)), size: UInt64(try reader.integer(UInt32.self)),
            offset: UInt64(try reader.integer(UInt32.self))
        )
        guard disk == 0, directoryDisk == 0, UInt64(countHere) == short.count else {
            throw damaged(file, "is one part of several")
        }
        var (found, limit) = (short, end)
        if let long = try longEnd(of: file, before: end) {
            // Where the short record has a value at all, it is the same one.
            guard short.count == long.count || short.count == 0xFFFF,
                short.size == long.size || short.size == 0xFFFF_FFFF,
                short.offset == long.offset || short.offset == 0xFFFF_FFFF
            else { throw damaged(file, "has two end records that disagree") }
            (found, limit) = ((long.count, long.size, long.offset), long.start)
        }
        guard let offset = Int(exactly: found.offset), let size = Int(exactly: found.size), offset <= limit,
            size <= limit - offset
        else { throw damaged(file, "has its directory outside of the file") }
        guard let count = Int(exactly: found.count), count <= size / ZipEntry.directoryBytes else {
            throw damaged(file, "announces \(found.count) entries in a directory of \(size) bytes")
        }
        return Directory(count: count, range: offset..<offset + size)
    }

    /// The end record is the last thing in the file but for a comment of at most 65535 bytes.
    private static func endOffset(of file: MappedFile) throws(CheckpointError) -> Int {
        let last = file.byteCount - endBytes
        let found: Int? = file.withBytes { bytes in
            guard last >= 0 else { return nil }
            var offset = last
            while offset >= max(0, last - 0xFFFF) {
                if bytes[offset] == 0x50,
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                        == endSignature,
                    Int(bytes[offset + 20]) | Int(bytes[offset + 21]) << 8 == last - offset
                {
                    return offset
                }
                offset -= 1
            }
            return nil
        }
        guard let found else {
            throw CheckpointError(
                .truncated,
                "\(file.path): the zip file has no end record in its \(file.byteCount) bytes; it is cut off, "
                    + "download it again"
            )
        }
        return found
    }

    private static func longEnd(of file: MappedFile, before end: Int) throws(CheckpointError)
        -> (start: Int, count: UInt64, size: UInt64, offset: UInt64)?
    {
        guard end >= longLocatorBytes else { return nil }
        var locator = ByteReader(file, at: end - longLocatorBytes)
        guard try locator.integer(UInt32.self) == longLocatorSignature else { return nil }
        let disk = try locator.integer(UInt32.self)
        let position = try locator.integer(UInt64.self)
        let disks = try locator.integer(UInt32.self)
        guard disk == 0, disks <= 1 else { throw damaged(file, "is one part of several") }
        guard end >= longLocatorBytes + longEndBytes, let start = Int(exactly: position),
            start <= end - longLocatorBytes - longEndBytes
        else { throw damaged(file, "has its 64-bit end record outside of the file") }
        var reader = ByteReader(file, at: start)
        guard try reader.integer(UInt32.self) == longEndSignature else {
            throw damaged(file, "has no 64-bit end record at byte \(start)")
        }
        // The record's own length, the versions and the disk numbers.
        try reader.skip(8 + 2 + 2 + 4 + 4, of: 1)
        let countHere = try reader.integer(UInt64.self)
        let count = try reader.integer(UInt64.self)
        guard countHere == count else { throw damaged(file, "is one part of several") }
        return (start, count, try reader.integer(UInt64.self), try reader.integer(UInt64.self))
    }
}
