/// Reads the fields of one protobuf message, front to back, never past its end.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// A string, bytes or a message.
        case bytes(Range<Int>)

        var kind: String {
            switch self {
            case .varint: "a number"
            case .fixed64: "64 bits"
            case .fixed32: "32 bits"
            case .bytes: "bytes"
            }
        }
    }

    let bytes: [UInt8]
    /// For messages: "tokenizer.model: pieces[3]".
    let path: String
    private var index: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>, path: String) {
        self.bytes = bytes
        self.path = path
        index = range.lowerBound
        end = range.upperBound
    }

    /// The next field and its value; nil at the end of the message.
    mutating func next() throws(TokenizerError) -> (field: Int, value: Value)? {
        guard index < end else { return nil }
        let key = try varint()
        guard let field = Int(exactly: key >> 3), field > 0, field < 1 << 29 else {
            throw damaged("the field number \(key >> 3)", expected: "1 to 536870911")
        }
        switch key & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try fixed(8)))
        case 2:
            let count = try varint()
            guard count <= UInt64(end - index) else {
                throw damaged("a field of \(count) bytes", expected: "at most the \(end - index) that follow")
            }
            let start = index
            index += Int(count)
            return (field, .bytes(start..<index))
        case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw damaged("the wire type \(key & 7)", expected: "0, 1, 2 or 5")
        }
    }

    func wrongType(_ value: Value, _ field: String, expected: String) -> TokenizerError {
        TokenizerError(
            .wrongType, field: "\(path).\(field)", found: value.kind, expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }

    private mutating func varint() throws(TokenizerError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            guard index < end else { throw damaged("its end inside a number", expected: "more bytes") }
            let byte = bytes[index]
            index += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw damaged("a number of more than 64 bits", expected: "at most 64")
    }

    private mutating func fixed(_ count: Int) throws(TokenizerError) -> UInt64 {
        guard end - index >= count else { throw damaged("its end inside a number", expected: "more bytes") }
        var value: UInt64 = 0
        for offset in 0..<count { value |= UInt64(bytes[index + offset]) << UInt64(offset * 8) }
        index += count
        return value
    }

    private func damaged(_ found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .inconsistent, field: path, found: "\(found) at byte \(index)", expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }
}
