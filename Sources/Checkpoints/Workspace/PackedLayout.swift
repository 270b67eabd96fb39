internal import Tensors

/// How a file of packed weights is laid out.
///
/// A header of 64 bytes, little endian; from byte 4096 on the matrices as the kernels read them and then the vectors,
/// each at the next multiple of 128; at the next multiple of 128 a table in JSON, up to the end of the file.
///
/// | bytes | header |
/// |---|---|
/// | 0..<8 | "LMDPACK", 0 |
/// | 8..<12 | version of this layout |
/// | 12..<16 | version of the layout of packed matrices |
/// | 16..<24 | where the table begins |
/// | 24..<32 | bytes of the table |
/// | 32..<64 | 0 |
enum PackedLayout {
    static let magic: [UInt8] = Array("LMDPACK".utf8) + [0]
    static let version: UInt32 = 1
    static let matrixLayout = UInt32(PackedMatrix.layoutVersion)
    static let headerBytes = 64
    /// A page: what comes before is read at every start, and matrices are not.
    static let dataStart = 4096
    /// Two cache lines, as in memory.
    static let alignment = 128
    /// A model of thousands of layers has a megabyte.
    static let maximumTableBytes = 64 << 20

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

    static func header(tableStart: Int, tableBytes: Int) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let header =
            magic + bytes(version) + bytes(matrixLayout) + bytes(UInt64(tableStart))
            + bytes(UInt64(tableBytes))
        return header + [UInt8](repeating: 0, count: headerBytes - header.count)
    }
}
