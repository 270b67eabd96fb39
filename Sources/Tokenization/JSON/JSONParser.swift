/// Reads a whole JSON file into a `JSONDocument`.
struct JSONParser {
    /// Deeper nesting than any tokenizer file needs; bounds the recursion on hostile files.
    private static let depthLimit = 64

    private let file: String
    private let input: [UInt8]
    private var position = 0
    private var text: [UInt8] = []

    private init(_ input: [UInt8], file: String) {
        self.input = input
        self.file = file
        text.reserveCapacity(input.count / 2)
    }

    static func parse(_ input: [UInt8], file: String) throws(TokenizerError) -> JSONDocument {
        var parser = JSONParser(input, file: file)
        guard String(validating: input, as: UTF8.self) != nil else {
            throw parser.malformed(found: "bytes that are not UTF-8", expected: "UTF-8 text")
        }
        let root = try parser.value(depth: 0)
        parser.skipWhitespace()
        guard parser.position == input.count else {
            throw parser.malformed(found: "more data after the end", expected: "one JSON value")
        }
        return JSONDocument(root: root, text: parser.text)
    }

    private mutating func value(depth: Int) throws(TokenizerError) -> JSONValue {
        guard depth < Self.depthLimit else {
            throw malformed(found: "nesting deeper than \(Self.depthLimit)", expected: "a flatter file")
        }
        skipWhitespace()
        switch peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(TokenizerError) -> JSONValue {
        position += 1
        var members: [JSONMember] = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipWhitespace()
            guard peek() == UInt8(ascii: "\"") else { throw unexpected("a member name") }
            let key = try string()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(TokenizerError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
        }
    }

    private mutating func literal(
        _ name: StaticString, _ result: JSONValue
    ) throws(TokenizerError) -> JSONValue {
        let end = position + name.utf8CodeUnitCount
        guard end <= input.count, input[position..<end].elementsEqual(name.description.utf8) else {
            throw unexpected(name.description)
        }
        position = end
        return result
    }

    private mutating func number() throws(TokenizerError) -> Double {
        let start = position
        while let byte = peek(), Self.isNumberByte(byte) { position += 1 }
        let digits = input[start..<position]
        guard let first = digits.first, first == UInt8(ascii: "-") || Self.isDigit(first),
            let last = digits.last, Self.isDigit(last)
        else {
            position = start
            throw unexpected("a value")
        }
        if digits.count < 16, digits.allSatisfy(Self.isDigit) {
            return Double(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
        }
        guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
            throw malformed(found: TokenizerError.quote(digits), expected: "a number")
        }
        return value
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(TokenizerError) -> JSONText {
        position += 1
        let start = text.count
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return JSONText(start: start, count: text.count - start)
            case UInt8(ascii: "\\"):
                try escape()
            case 0..<0x20:
                throw malformed(found: "a control character in a string", expected: "an escape")
            default:
                text.append(byte)
            }
        }
        throw unexpected("the end of a string")
    }

    private mutating func escape() throws(TokenizerError) {
        guard let byte = peek() else { throw unexpected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try escapedScalar()) ?? .init())
        default:
            throw malformed(found: "an unknown escape", expected: "\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")
        }
    }

    private mutating func escapedScalar() throws(TokenizerError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw malformed(found: "half a surrogate pair", expected: "both halves")
        }
        let second = try hexadecimal()
        guard 0xDC00...0xDFFF ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else {
            throw malformed(found: "half a surrogate pair", expected: "both halves")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("four hexadecimal digits")
            }
            position += 1
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

// MARK: - Internals

extension JSONParser {
    private func peek() -> UInt8? {
        position < input.count ? input[position] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: isDigit(byte)
        }
    }

    private func unexpected(_ expected: String) -> TokenizerError {
        let found = peek().map { TokenizerError.quote([$0]) } ?? "the end of the file"
        return malformed(found: found, expected: expected)
    }

    private func malformed(found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .malformedJSON, field: "\(file): byte \(position)", found: found, expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }
}
