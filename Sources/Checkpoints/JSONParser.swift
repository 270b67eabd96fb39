/// A strict JSON parser for configuration files and safetensors headers.
///
/// Foundation's decoder keeps one of several equal names without a word. A safetensors header with a
/// repeated tensor name must be refused, so names are checked here, and errors carry the byte.
struct JSONParser {
    struct Failure: Error {
        let offset: Int
        let expected: String
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    /// Containers around the current value.
    private var depth = 0

    /// Deeper than any configuration, and far from exhausting the stack.
    private static let maximumDepth = 64

    /// Parses a whole document.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.offset == bytes.count else { throw parser.failure("the end of the document") }
        return value
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: - Values

    private mutating func value() throws(Failure) -> JSONValue {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return try nested { (parser) throws(Failure) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(Failure) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(Failure) -> JSONValue
    ) throws(Failure) -> JSONValue {
        guard depth < Self.maximumDepth else {
            throw failure("at most \(Self.maximumDepth) nested containers")
        }
        depth += 1
        offset += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(Failure) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            let start = offset
            guard peek() == UInt8(ascii: "\"") else { throw failure("a name in double quotes") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw failure("':'") }
            guard members.updateValue(try value(), forKey: name) == nil else {
                throw Failure(offset: start, expected: "no second \(quoted(name)) in the object")
            }
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("',' or '}'") }
        return .object(members)
    }

    private mutating func array() throws(Failure) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("',' or ']'") }
        return .array(elements)
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        let end = offset + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes[offset..<end].elementsEqual(text.withUTF8Buffer { Array($0) }) else {
            throw failure("a JSON value")
        }
        offset = end
        return value
    }

    // MARK: - Numbers

    private mutating func number() throws(Failure) -> JSONValue {
        let start = offset
        _ = take("-")
        let integerDigits = digits()
        guard integerDigits > 0 else {
            offset = start
            throw failure("a JSON value")
        }
        guard integerDigits == 1 || bytes[offset - integerDigits] != UInt8(ascii: "0") else {
            throw Failure(offset: start, expected: "a number without leading zeros")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard digits() > 0 else { throw failure("a digit") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw failure("a digit") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int(text) {
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else {
            throw Failure(offset: start, expected: "a number in the range of a double")
        }
        return .number(value)
    }

    /// Moves past decimal digits and returns how many there were.
    private mutating func digits() -> Int {
        let start = offset
        while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
            offset += 1
        }
        return offset - start
    }

    // MARK: - Strings

    private mutating func string() throws(Failure) -> String {
        offset += 1
        let start = offset
        var decoded: [UInt8] = []
        var copied = start
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("an escaped control character") }
            guard byte == UInt8(ascii: "\\") else {
                offset += 1
                continue
            }
            decoded.append(contentsOf: bytes[copied..<offset])
            offset += 1
            decoded.append(contentsOf: try escape())
            copied = offset
        }
        guard offset < bytes.count else { throw failure("a closing '\"'") }
        decoded.append(contentsOf: bytes[copied..<offset])
        offset += 1
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw Failure(offset: start, expected: "valid UTF-8")
        }
        return text
    }

    /// The UTF-8 of the escape sequence after a backslash.
    private mutating func escape() throws(Failure) -> [UInt8] {
        guard let byte = peek() else { throw failure("an escape sequence") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
        default:
            offset -= 1
            throw failure("one of \" \\ / b f n r t u after a backslash")
        }
    }

    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let start = offset
        let first = try hexadecimalUnit()
        var value = UInt32(first)
        if UTF16.isLeadSurrogate(first), take("\\"), take("u") {
            let second = try hexadecimalUnit()
            if UTF16.isTrailSurrogate(second) {
                value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            }
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw Failure(offset: start, expected: "a pair of surrogates")
        }
        return scalar
    }

    private mutating func hexadecimalUnit() throws(Failure) -> UInt16 {
        guard offset + 4 <= bytes.count else { throw failure("4 hexadecimal digits") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw failure("a hexadecimal digit")
            }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }

    // MARK: - Bytes

    private func peek() -> UInt8? {
        offset < bytes.count ? bytes[offset] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: scalar) else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private func failure(_ expected: String) -> Failure {
        Failure(offset: offset, expected: expected)
    }
}
