/// Writes JSON piece by piece.
struct JSONWriter {
    private static let digits = Array("0123456789abcdef".utf8)

    var bytes: [UInt8] = []

    /// Text that is JSON already.
    mutating func raw(_ text: String) {
        bytes += text.utf8
    }

    mutating func string(_ text: ArraySlice<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                bytes += Array("\\u00".utf8) + [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
