/// Jinja's filters for web pages, which templates could use all the same.
extension Filters {
    static let webFilters: [String: Filter] = [
        "urlencode": urlencode, "xmlattr": xmlattr, "striptags": striptags, "filesizeformat": filesizeformat,
        "random": random, "urlize": urlize,
    ]

    private static let urlencode: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "urlencode", in: interpreter)
        var pairs: [Value]
        switch value {
        case .dictionary(let mapping): pairs = Methods.pairs(of: mapping)
        case .list, .tuple, .range, .view, .iterator, .loop, .undefined:
            pairs = try interpreter.elements(of: value)
        default:
            return try interpreter.makeString(try interpreter.text(of: value).percentEncoded(keeping: "/"))
        }
        var pieces: [Text] = []
        for pair in pairs {
            let parts = try interpreter.elements(of: pair)
            guard parts.count == 2 else {
                throw interpreter.failure(.value, "urlencode needs pairs, found \(parts.count) elements")
            }
            let key = try interpreter.text(of: parts[0]).queryEncoded
            let member = try interpreter.text(of: parts[1]).queryEncoded
            pieces.append(Text(key.scalars + ["="] + member.scalars))
        }
        return .string(try interpreter.join(pieces, separator: "&"))
    }

    private static let xmlattr: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["autospace"], for: "xmlattr", in: interpreter)
        if case .undefined(let undefined) = value { throw interpreter.failure(using: undefined) }
        guard case .dictionary(let mapping) = value else {
            throw interpreter.failure(.type, "xmlattr needs a mapping, not \(value.typeName)")
        }
        var pieces: [Text] = []
        for (keyValue, member) in mapping.entries where !member.isNone && !member.isUndefined {
            let key = try interpreter.string(keyValue, for: "xmlattr")
            guard !key.scalars.contains(where: { $0.isPythonSpace || "/>=".unicodeScalars.contains($0) })
            else {
                throw interpreter.failure(
                    .value, "Invalid character in attribute name: \(key.pythonRepresentation)")
            }
            let text = try interpreter.text(of: member).escaped
            pieces.append(Text(key.escaped.scalars + ["=", "\""] + text.scalars + ["\""]))
        }
        var result = try interpreter.join(pieces, separator: " ")
        if bound[0]?.isTrue ?? true, !result.isEmpty { result = Text([" "] + result.scalars) }
        return .string(interpreter.escapesOutput ? result.markup : result)
    }

    private static let striptags: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "striptags", in: interpreter)
        let text = try interpreter.text(of: value).withoutSpans(from: "<!--", to: "-->")
        let words = text.withoutSpans(from: "<", to: ">").splitOnWhitespace(limit: .max)
        return .string(try interpreter.join(words, separator: " ").unescaped)
    }

    private static let filesizeformat: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["binary"], for: "filesizeformat", in: interpreter)
        var number = value.double
        if case .string(let text) = value {
            number = text.pythonDouble
            guard number != nil else {
                throw interpreter.failure(
                    .value, "could not convert string to float: \(text.pythonRepresentation)")
            }
        }
        guard let bytes = number else {
            if case .undefined(let undefined) = value { throw interpreter.failure(using: undefined) }
            throw interpreter.failure(.type, "filesizeformat needs a number, not \(value.typeName)")
        }
        let isBinary = bound[0]?.isTrue ?? false
        let base = isBinary ? 1024.0 : 1000.0
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base {
            guard let whole = Int(exactly: bytes.rounded(.towardZero)) else {
                throw interpreter.failure(.value, "the integer does not fit 64 bits")
            }
            return .string(Text("\(whole) Bytes"))
        }
        var unit = base
        var letter: Character = "k"
        for next in isBinary ? "KMGTPEZY" : "kMGTPEZY" {
            letter = next
            unit *= base
            if bytes < unit { break }
        }
        let digits = MathFunctions.format(base * bytes / unit, conversion: "f", precision: 1)
        return .string(Text("\(digits) \(letter)\(isBinary ? "iB" : "B")"))
    }

    private static let random: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "random", in: interpreter)
        let items: [Value]
        switch value {
        case .string, .list, .tuple, .range: items = try interpreter.elements(of: value)
        case .undefined: items = []
        default: throw interpreter.failure(.type, "random needs a sequence, not \(value.typeName)")
        }
        return items.randomElement() ?? .undefined("No random item, sequence was empty.")
    }
}

extension Text {
    /// The UTF-8 of this text, with all but letters, digits, `_.-~` and those of `kept` as `%XX`.
    fileprivate func percentEncoded(keeping kept: String) -> Text {
        var result = ""
        for byte in string.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.digit(radix: 36) != nil || ("_.-~" + kept).unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return Text(result)
    }

    /// As in a query: spaces become "+".
    fileprivate var queryEncoded: Text {
        percentEncoded(keeping: "").replacing("%20", with: "+", limit: .max)
    }

    /// Everything outside of the spans that begin and end with these; an unfinished one stays.
    fileprivate func withoutSpans(from opening: Text, to closing: Text) -> Text {
        var result = Text()
        var position = 0
        while let start = firstIndex(of: opening, from: position),
            let end = firstIndex(of: closing, from: start + opening.count)
        {
            result.scalars += scalars[position..<start]
            position = end + closing.count
        }
        result.scalars += scalars[position...]
        return result
    }

    /// Character references replaced: numbers, and the names that XML has.
    fileprivate var unescaped: Text {
        let names: [Text: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        var result = Text()
        var index = 0
        while index < count {
            if scalars[index] == "&",
                let end = scalars[index..<Swift.min(count, index + 12)].firstIndex(of: ";")
            {
                let name = Text(scalars[(index + 1)..<end])
                if let scalar = names[name] ?? name.referencedScalar {
                    result.append(scalar: scalar)
                    index = end + 1
                    continue
                }
            }
            result.append(scalar: scalars[index])
            index += 1
        }
        return result
    }

    /// The scalar of `#65` or `#x41`.
    private var referencedScalar: Unicode.Scalar? {
        guard scalars.first == "#", count > 1 else { return nil }
        let isHex = scalars[1] == "x" || scalars[1] == "X"
        let digits = scalars[(isHex ? 2 : 1)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isDigit(radix: isHex ? 16 : 10) }),
            let value = UInt32(Text(digits).string, radix: isHex ? 16 : 10), value != 0
        else { return nil }
        return Unicode.Scalar(value)
    }
}
