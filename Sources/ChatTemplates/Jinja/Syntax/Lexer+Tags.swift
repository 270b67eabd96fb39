extension Lexer {
    /// The tokens inside `{{ … }}` or `{% … %}`, up to and including the closing delimiter, which counts only
    /// outside brackets.
    mutating func lexTag(isVariable: Bool) throws(JinjaError) {
        var brackets: [Token.Symbol] = []
        let start = index
        while true {
            skipWhitespace()
            guard index < scalars.count else {
                let closing = isVariable ? "}}" : "%}"
                throw failure("the tag that starts here has no '\(closing)'", at: max(0, start - 2))
            }
            if brackets.isEmpty, closeTag(isVariable: isVariable) { return }
            try lexTagToken(brackets: &brackets)
        }
    }

    private mutating func closeTag(isVariable: Bool) -> Bool {
        let offset = index
        if isVariable {
            let strips = hasSymbol("-}}", at: index)
            guard strips || hasSymbol("}}", at: index) else { return false }
            append(.variableEnd, at: offset)
            finishTag(length: strips ? 3 : 2, strips: strips, trimsNewline: false)
            return true
        }
        let length = closingLength()
        guard length > 0 else { return false }
        append(.blockEnd, at: offset)
        let strips = scalars[index] == "-"
        finishTag(length: length, strips: strips, trimsNewline: length == 2)
        return true
    }

    private mutating func lexTagToken(brackets: inout [Token.Symbol]) throws(JinjaError) {
        let scalar = scalars[index]
        if scalar.isASCIIDigit {
            try lexNumber()
        } else if scalar.startsName {
            let start = index
            while index < scalars.count, scalars[index].continuesName { index += 1 }
            append(.name(Text(scalars[start..<index]).string), at: start)
        } else if scalar == "'" || scalar == "\"" {
            try lexString(quote: scalar)
        } else {
            try lexSymbol(brackets: &brackets)
        }
    }

    private mutating func lexSymbol(brackets: inout [Token.Symbol]) throws(JinjaError) {
        let start = index
        let two = Text(scalars[start..<min(start + 2, scalars.count)]).string
        let one = String(scalars[start])
        guard let symbol = Token.Symbol(rawValue: two) ?? Token.Symbol(rawValue: one) else {
            throw failure("unexpected character \(Text([scalars[start]]).pythonRepresentation)", at: start)
        }
        switch symbol {
        case .leftParenthesis: brackets.append(.rightParenthesis)
        case .leftBracket: brackets.append(.rightBracket)
        case .leftBrace: brackets.append(.rightBrace)
        case .rightParenthesis, .rightBracket, .rightBrace:
            guard let expected = brackets.popLast() else {
                throw failure("unexpected '\(symbol.rawValue)'", at: start)
            }
            guard expected == symbol else {
                throw failure(
                    "unexpected '\(symbol.rawValue)', expected '\(expected.rawValue)'", at: start)
            }
        default: break
        }
        index += symbol.rawValue.unicodeScalars.count
        append(.symbol(symbol), at: start)
    }

    // MARK: - Numbers

    private mutating func lexNumber() throws(JinjaError) {
        let start = index
        // `a.1.2` is two lookups, not a lookup and a number.
        let followsDot = start > 0 && scalars[start - 1] == "."
        if !followsDot, let end = endOfDouble(from: start) {
            guard let value = Double(digits(start..<end)), value.isFinite else {
                throw failure("the number is not a finite double", at: start)
            }
            index = end
            return append(.double(value), at: start)
        }
        let (end, radix, prefix) = endOfInteger(from: start)
        guard let value = Int(digits((start + prefix)..<end), radix: radix) else {
            throw failure("the integer does not fit 64 bits", at: start)
        }
        index = end
        append(.integer(value), at: start)
    }

    private func digits(_ range: Range<Int>) -> String {
        Text(scalars[range].filter { $0 != "_" }).string
    }

    /// Behind a run of digits with single underscores between them, or nil when there is no digit.
    private func endOfDigits(
        from start: Int, where isDigit: (Unicode.Scalar) -> Bool = \.isASCIIDigit
    ) -> Int? {
        var end = start
        while end < scalars.count {
            if isDigit(scalars[end]) {
                end += 1
            } else if scalars[end] == "_", end > start, end + 1 < scalars.count, isDigit(scalars[end + 1]) {
                end += 2
            } else {
                break
            }
        }
        return end > start ? end : nil
    }

    private func endOfDouble(from start: Int) -> Int? {
        guard var end = endOfDigits(from: start) else { return nil }
        let whole = end
        if end < scalars.count, scalars[end] == ".", let fraction = endOfDigits(from: end + 1) {
            end = fraction
        }
        if end < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
            var exponent = end + 1
            if exponent < scalars.count, scalars[exponent] == "+" || scalars[exponent] == "-" {
                exponent += 1
            }
            if let exponentEnd = endOfDigits(from: exponent) { end = exponentEnd }
        }
        return end > whole ? end : nil
    }

    private func endOfInteger(from start: Int) -> (end: Int, radix: Int, prefixLength: Int) {
        if scalars[start] == "0", start + 1 < scalars.count {
            let radix: Int? =
                switch scalars[start + 1] {
                case "b", "B": 2
                case "o", "O": 8
                case "x", "X": 16
                default: nil
                }
            if let radix {
                // Python allows an underscore behind the prefix.
                let first = start + 2 < scalars.count && scalars[start + 2] == "_" ? start + 3 : start + 2
                if let end = endOfDigits(from: first, where: { $0.isDigit(radix: radix) }) {
                    return (end, radix, 2)
                }
            }
            // A leading zero is a number of its own.
            let end = endOfDigits(from: start) { $0 == "0" } ?? start + 1
            return (end, 10, 0)
        }
        return (endOfDigits(from: start) ?? start + 1, 10, 0)
    }

    // MARK: - Strings

    private mutating func lexString(quote: Unicode.Scalar) throws(JinjaError) {
        let start = index
        var value = Text()
        index += 1
        while index < scalars.count, scalars[index] != quote {
            if scalars[index] == "\\" {
                try lexEscape(into: &value)
            } else {
                value.append(scalar: scalars[index])
                index += 1
            }
        }
        guard index < scalars.count else {
            throw failure("the string that starts here is not closed", at: start)
        }
        index += 1
        append(.string(value), at: start)
    }

    /// Python's escapes; an unknown one stays as it is written.
    private mutating func lexEscape(into value: inout Text) throws(JinjaError) {
        let start = index
        index += 2
        guard start + 1 < scalars.count else { return }
        let escaped = scalars[start + 1]
        switch escaped {
        case "\n": break
        case "\\", "'", "\"": value.append(scalar: escaped)
        case "a": value.append("\u{07}")
        case "b": value.append("\u{08}")
        case "f": value.append("\u{0C}")
        case "n": value.append("\n")
        case "r": value.append("\r")
        case "t": value.append("\t")
        case "v": value.append("\u{0B}")
        case "0"..."7":
            index = start + 1
            value.append(scalar: try lexCodePoint(radix: 8, digits: 1...3, escapeStart: start))
        case "x": value.append(scalar: try lexCodePoint(radix: 16, digits: 2...2, escapeStart: start))
        case "u": value.append(scalar: try lexCodePoint(radix: 16, digits: 4...4, escapeStart: start))
        case "U": value.append(scalar: try lexCodePoint(radix: 16, digits: 8...8, escapeStart: start))
        case "N": throw failure("character names (\\N{…}) are not supported", at: start)
        default:
            value.append("\\")
            if escaped.isASCII {
                value.append(scalar: escaped)
            } else {
                // Jinja rewrites other characters as escapes before Python reads the string, and the
                // backslash in front disarms that escape.
                value.append(Text(Text([escaped]).backslashEscape(of: escaped).scalars.dropFirst()))
            }
        }
    }

    private mutating func lexCodePoint(
        radix: Int, digits: ClosedRange<Int>, escapeStart: Int
    ) throws(JinjaError) -> Unicode.Scalar {
        var value: UInt32 = 0
        var count = 0
        while count < digits.upperBound, index < scalars.count, let digit = scalars[index].digit(radix: radix)
        {
            value = value * UInt32(radix) + UInt32(digit)
            index += 1
            count += 1
        }
        guard count >= digits.lowerBound, let scalar = Unicode.Scalar(value) else {
            throw failure("the escape is not a Unicode scalar value", at: escapeStart)
        }
        return scalar
    }
}

extension Unicode.Scalar {
    var isASCIIDigit: Bool { self >= "0" && self <= "9" }

    var startsName: Bool { self == "_" || properties.isXIDStart }

    var continuesName: Bool { properties.isXIDContinue }

    /// The value of this digit in `radix` (at most 36), nil when it is none.
    func digit(radix: Int) -> Int? {
        let value: Int
        switch self {
        case "0"..."9": value = Int(self.value) - 48
        case "a"..."z": value = Int(self.value) - 87
        case "A"..."Z": value = Int(self.value) - 55
        default: return nil
        }
        return value < radix ? value : nil
    }

    func isDigit(radix: Int) -> Bool { digit(radix: radix) != nil }
}
