/// Writes zip files byte by byte.
package struct ZipBuilder: Sendable {
    package struct Entry: Sendable {
        package var name: String
        package var bytes: [UInt8]
        /// 0 for stored.
        package var method: UInt16 = 0
        package var flags: UInt16 = 0x800
        /// What the entry's own header says, where it differs from the directory.
        package var ownName: String?
        package var ownSize: UInt32?
        /// What the directory says.
        package var statedSize: UInt32?
        package var statedOffset: UInt32?

        package init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    package var entries: [Entry] = []
    package var comment = ""
    /// What the end record says, where it differs from the truth.
    package var statedCount: UInt16?
    package var statedDirectoryBytes: UInt32?
    package var statedDirectoryOffset: UInt32?
    /// Whether the end record and the entries refer to 64-bit fields for everything.
    package var is64Bit = false

    package init() {}

    package func build() -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = UInt32(file.count)
            file += ownHeader(entry) + entry.bytes
            directory += directoryEntry(entry, offset: offset)
        }
        let start = UInt64(file.count)
        file += directory
        let (count, size) = (UInt64(entries.count), UInt64(directory.count))
        if is64Bit {
            let end = UInt64(file.count)
            file += numbers([(0x0606_4B50, 4), (44, 8), (45, 2), (45, 2), (0, 4), (0, 4)])
            file += numbers([(count, 8), (count, 8), (size, 8), (start, 8)])
            file += numbers([(0x0706_4B50, 4), (0, 4), (end, 8), (1, 4)])
        }
        let shortCount = statedCount.map(UInt64.init) ?? (is64Bit ? 0xFFFF : count)
        file += numbers([(0x0605_4B50, 4), (0, 2), (0, 2), (shortCount, 2), (shortCount, 2)])
        file += numbers([
            (statedDirectoryBytes.map(UInt64.init) ?? (is64Bit ? 0xFFFF_FFFF : size), 4),
            (statedDirectoryOffset.map(UInt64.init) ?? (is64Bit ? 0xFFFF_FFFF : start), 4),
            (UInt64(comment.utf8.count), 2),
        ])
        return file + Array(comment.utf8)
    }

    // MARK: - Internals

    private func ownHeader(_ entry: Entry) -> [UInt8] {
        let name = entry.ownName ?? entry.name
        let size = UInt64(entry.ownSize ?? UInt32(entry.bytes.count))
        return numbers([
            (0x0403_4B50, 4), (20, 2), (UInt64(entry.flags), 2), (UInt64(entry.method), 2), (0, 8), (size, 4),
            (size, 4), (UInt64(name.utf8.count), 2), (0, 2),
        ]) + Array(name.utf8)
    }

    private func directoryEntry(_ entry: Entry, offset: UInt32) -> [UInt8] {
        let size = UInt64(entry.statedSize ?? UInt32(entry.bytes.count))
        let offset = UInt64(entry.statedOffset ?? offset)
        let extra = is64Bit ? numbers([(1, 2), (24, 2), (size, 8), (size, 8), (offset, 8)]) : []
        let short = is64Bit ? 0xFFFF_FFFF : size
        return numbers([
            (0x0201_4B50, 4), (20, 2), (20, 2), (UInt64(entry.flags), 2), (UInt64(entry.method), 2), (0, 8),
            (short, 4), (short, 4), (UInt64(entry.name.utf8.count), 2), (UInt64(extra.count), 2), (0, 2),
            (0, 2), (0, 2), (0, 4), (is64Bit ? 0xFFFF_FFFF : offset, 4),
        ]) + Array(entry.name.utf8) + extra
    }

    /// Little-endian numbers of the given sizes in bytes.
    private func numbers(_ fields: [(value: UInt64, bytes: Int)]) -> [UInt8] {
        fields.flatMap { LittleEndian.bytes($0.value).prefix($0.bytes) }
    }
}
