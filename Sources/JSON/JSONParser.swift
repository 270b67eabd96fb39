/// The second of the two passes over a text: a strict parser (RFC 8259) for files nobody vouches for.
///
/// Foundation's decoder keeps one of several equal names without a word, and treats canonically equivalent
/// names as equal; checkpoints and vocabularies need to see both.
struct JSONParser {
    /// Deeper than any configuration, and far from exhausting the stack.
    static let maximumDepth = 64

    private let input: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// Containers around the current value.
    private var depth = 0
    private var tape: [JSONEntry] = []

    static func tape(of input: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> [JSONEntry] {
        guard input.count <= JSONEntry.largestText else {
            throw JSONSyntaxError(
                offset: 0, found: "\(input.count) bytes", expected: "at most \(JSONEntry.largestText)")
        }
        try JSONSurvey.checkEncoding(input)
        var parser = JSONParser(input, entryBound: JSONSurvey.entryBound(input))
        try parser.document()
        return parser.tape
    }

    private init(_ input: UnsafeBufferPointer<UInt8>, entryBound: Int) {
        self.input = input
        tape.reserveCapacity(entryBound)
    }

    private mutating func document() throws(JSONSyntaxError) {
        try value()
        skipSpace()
        guard position == input.count else { throw failure("the end of the document") }
    }

    // MARK: - Values

    private mutating func value() throws(JSONSyntaxError) {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): try container(.object)
        case UInt8(ascii: "["): try container(.array)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true", .true)
        case UInt8(ascii: "f"): try literal("false", .false)
        case UInt8(ascii: "n"): try literal("null", .null)
        default: try number()
        }
    }

    private mutating func container(_ kind: JSONEntry.Kind) throws(JSONSyntaxError) {
        guard depth < Self.maximumDepth else {
            throw failure("at most \(Self.maximumDepth) nested containers")
        }
        let (index, start) = (tape.count, position)
        tape.append(JSONEntry(kind, start: start, extent: 1))
        depth += 1
        position += 1
        if kind == .object { try members() } else { try elements() }
        depth -= 1
        tape[index] = JSONEntry(kind, start: start, extent: tape.count - index)
    }

    private mutating func members() throws(JSONSyntaxError) {
        skipSpace()
        if take("}") { return }
        repeat {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else { throw failure("a name in double quotes") }
            try string()
            skipSpace()
            guard take(":") else { throw failure("':'") }
            try value()
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("',' or '}'") }
    }

    private mutating func elements() throws(JSONSyntaxError) {
        skipSpace()
        if take("]") { return }
        repeat {
            try value()
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("',' or ']'") }
    }

    private mutating func literal(
        _ name: StaticString, _ kind: JSONEntry.Kind
    ) throws(JSONSyntaxError) {
        let end = position + name.utf8CodeUnitCount
        let isEqual = name.withUTF8Buffer { end <= input.count && input[position..<end].elementsEqual($0) }
        guard isEqual else { throw failure("a JSON value") }
        append(kind, position..<end)
        position = end
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONSyntaxError) {
        let start = position
        _ = take("-")
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
        let fractionEnd = position
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw failure("a digit") }
        }
        let spelling = start..<position
        if position == integerEnd,
            integerDigits <= JSONNumber.safeDigits || JSONNumber.integer(input[spelling]) != nil
        {
            append(.integer, spelling)
            return
        }
        // Only an exponent, or hundreds of digits, can leave the range.
        let isFinite = position == fractionEnd && integerDigits <= JSONNumber.finiteDigits
        guard isFinite || JSONNumber.double(input[spelling]).isFinite else {
            throw failure("a number in the range of a double", at: start)
        }
        append(.number, spelling)
    }

    /// Moves past decimal digits and returns how many there were.
    private mutating func digits() -> Int {
        let start = position
        while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return position - start
    }

    // MARK: - Strings

    private mutating func string() throws(JSONSyntaxError) {
        position += 1
        let start = position
        var kind = JSONEntry.Kind.string
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("an escaped control character") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                try escape()
                kind = .escapedString
            }
        }
        guard position < input.count else { throw failure("a closing '\"'") }
        append(kind, start..<position)
        position += 1
    }

    /// Moves past the escape sequence after a backslash.
    private mutating func escape() throws(JSONSyntaxError) {
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            try escapedScalar()
        default: throw failure("one of \" \\ / b f n r t u after a backslash")
        }
    }

    private mutating func escapedScalar() throws(JSONSyntaxError) {
        let start = position
        let first = try hexadecimalUnit()
        guard UTF16.isSurrogate(first) else { return }
        if UTF16.isLeadSurrogate(first), take("\\"), take("u"),
            UTF16.isTrailSurrogate(try hexadecimalUnit())
        {
            return
        }
        throw failure("a pair of surrogates", at: start)
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = JSONNumber.hexadecimalDigit(byte) else {
                throw failure("4 hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    // MARK: - Bytes and entries

    private mutating func append(_ kind: JSONEntry.Kind, _ range: Range<Int>) {
        tape.append(JSONEntry(kind, start: range.lowerBound, extent: range.count))
    }

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
}
