/// One byte for every Unicode scalar, in one lookup.
///
/// Pages of 256 scalars; pages with the same content are stored once.
struct ScalarTable: Sendable {
    private static let pageSize = 256
    private static let scalarCount = 0x110000

    private var pageOffsets: [UInt32] = []
    private var bytes: [UInt8] = []

    /// `fill` writes into an array of zeros that has a place for every scalar.
    init(_ fill: (inout [UInt8]) -> Void) {
        var flat = [UInt8](repeating: 0, count: Self.scalarCount)
        fill(&flat)
        var offsets: [ArraySlice<UInt8>: UInt32] = [:]
        for start in stride(from: 0, to: Self.scalarCount, by: Self.pageSize) {
            let page = flat[start..<start + Self.pageSize]
            if let offset = offsets[page] {
                pageOffsets.append(offset)
            } else {
                pageOffsets.append(UInt32(bytes.count))
                offsets[page] = UInt32(bytes.count)
                bytes.append(contentsOf: page)
            }
        }
    }

    /// The byte of `scalar`, which must be below 0x110000.
    @inline(__always)
    subscript(scalar: UInt32) -> UInt8 {
        bytes[Int(pageOffsets[Int(scalar >> 8)]) + Int(scalar & 0xFF)]
    }
}
