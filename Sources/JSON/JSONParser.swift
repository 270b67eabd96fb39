/// A strict JSON parser (RFC 8259) for files nobody vouches for.
///
/// Foundation's decoder keeps one of several equal names without a word, and treats canonically equivalent
/// names as equal; checkpoints and vocabularies need to see both. Time is linear in the input, memory a small
/// multiple of it, and the depth of nesting is bounded.
struct JSONParser {
    /// Deeper than any configuration, and far from exhausting the stack.
    private static let maximumDepth = 64

    private let input: UnsafeRawBufferPointer
    private var position = 0
    /// Containers around the current value.
    private var depth = 0
    private var text: [UInt8] = []

    fileprivate init(_ input: UnsafeRawBufferPointer) {
        self.input = input
    }

    fileprivate mutating func document() throws(JSONSyntaxError) -> JSONDocument {
        // Positions are kept in 32 bits.
        guard input.count <= Int(UInt32.max) else {
            throw JSONSyntaxError(
                offset: 0, found: "\(input.count) bytes", expected: "at most \(UInt32.max)")
        }
        guard String(validating: input, as: UTF8.self) != nil else {
            throw JSONSyntaxError(
                offset: firstInvalidByte, found: "a byte that is not UTF-8", expected: "valid UTF-8")
        }
        let root = try value()
        skipSpace()
        guard position == input.count else { throw failure("the end of the document") }
        return JSONDocument(root: root, text: text)
    }

    // MARK: - Values

    private mutating func value() throws(JSONSyntaxError) -> JSONNode {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"):
            return .object(try nested { (parser) throws(JSONSyntaxError) in try parser.object() })
        case UInt8(ascii: "["):
            return .array(try nested { (parser) throws(JSONSyntaxError) in try parser.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func nested<Container>(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> Container
    ) throws(JSONSyntaxError) -> Container {
        guard depth < Self.maximumDepth else {
            throw failure("at most \(Self.maximumDepth) nested containers")
        }
        depth += 1
        position += 1
        let container = try body(&self)
        depth -= 1
        return container
    }

    private mutating func object() throws(JSONSyntaxError) -> [JSONMember] {
        var members: [JSONMember] = []
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else { throw failure("a name in double quotes") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw failure("':'") }
            members.append(JSONMember(key: key, value: try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("',' or '}'") }
        return members
    }

    private mutating func array() throws(JSONSyntaxError) -> [JSONNode] {
        var elements: [JSONNode] = []
        skipSpace()
        if take("]") { return elements }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("',' or ']'") }
        return elements
    }

    private mutating func literal(
        _ name: StaticString, _ node: JSONNode
    ) throws(JSONSyntaxError) -> JSONNode {
        let end = position + name.utf8CodeUnitCount
        let isEqual = name.withUTF8Buffer { end <= input.count && input[position..<end].elementsEqual($0) }
        guard isEqual else { throw failure("a JSON value") }
        position = end
        return node
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSONNode {
        let start = position
        let isNegative = take("-")
        let integerDigits = digits()
        guard integerDigits > 0 else {
            position = start
            throw failure("a JSON value")
        }
        guard integerDigits == 1 || input[position - integerDigits] != UInt8(ascii: "0") else {
            throw failure("a number without leading zeros", at: start)
        }
        let integerEnd = position
        if take("."), digits() == 0 { throw failure("a digit") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw failure("a digit") }
        }
        if position == integerEnd, let integer = integer(start..<integerEnd, isNegative: isNegative) {
            return .integer(integer)
        }
        let spelling = String(decoding: input[start..<position], as: UTF8.self)
        guard let number = Double(spelling), number.isFinite else {
            throw failure("a number in the range of a double", at: start)
        }
        return .number(number)
    }

    /// Vocabularies hold a number for each token, so the usual ones take no detour through a string.
    private func integer(_ range: Range<Int>, isNegative: Bool) -> Int? {
        var magnitude = 0
        for byte in input[range.dropFirst(isNegative ? 1 : 0)] {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            if overflow || carry { return Int(String(decoding: input[range], as: UTF8.self)) }
            magnitude = sum
        }
        return isNegative ? -magnitude : magnitude
    }

    /// Moves past decimal digits and returns how many there were.
    private mutating func digits() -> Int {
        let start = position
        while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return position - start
    }

    // MARK: - Strings

    private mutating func string() throws(JSONSyntaxError) -> JSONText {
        position += 1
        let start = text.count
        var copied = position
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("an escaped control character") }
            guard byte == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            text.append(contentsOf: input[copied..<position])
            position += 1
            try escape()
            copied = position
        }
        guard position < input.count else { throw failure("a closing '\"'") }
        text.append(contentsOf: input[copied..<position])
        position += 1
        return JSONText(start..<text.count)
    }

    /// Appends what the escape sequence after a backslash stands for.
    private mutating func escape() throws(JSONSyntaxError) {
        let byte = peek()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte ?? 0)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: UTF8.encode(try escapedScalar()) ?? .init())
            return
        default: throw failure("one of \" \\ / b f n r t u after a backslash")
        }
        position += 1
    }

    private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position
        let first = try hexadecimalUnit()
        var value = UInt32(first)
        if UTF16.isLeadSurrogate(first), take("\\"), take("u") {
            let second = try hexadecimalUnit()
            if UTF16.isTrailSurrogate(second) {
                value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            }
        }
        guard let scalar = Unicode.Scalar(value) else { throw failure("a pair of surrogates", at: start) }
        return scalar
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("4 hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    // MARK: - Bytes

    private func peek() -> UInt8? {
        position < input.count ? input[position] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func failure(_ expected: String, at offset: Int? = nil) -> JSONSyntaxError {
        let offset = offset ?? position
        let found =
            switch offset < input.count ? input[offset] : nil {
            case nil: "the end"
            case .some(let byte) where 0x21..<0x7F ~= byte: "'\(Unicode.Scalar(byte))'"
            case .some(let byte): "byte \(byte)"
            }
        return JSONSyntaxError(offset: offset, found: found, expected: expected)
    }

    /// Where the longest valid beginning ends.
    private var firstInvalidByte: Int {
        var valid = 0
        var decoder = UTF8()
        var bytes = input.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&bytes) { valid += UTF8.width(scalar) }
        return valid
    }
}

extension JSONDocument {
    /// Parses a whole text.
    package static func parse(_ input: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONDocument {
        var parser = JSONParser(input)
        return try parser.document()
    }

    package static func parse(_ input: [UInt8]) throws(JSONSyntaxError) -> JSONDocument {
        // `withUnsafeBytes` of arrays does not pass on the type of an error.
        try input.withUnsafeBytes { bytes in Result { () throws(JSONSyntaxError) in try parse(bytes) } }.get()
    }
}
