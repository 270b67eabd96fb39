extension Text {
    /// Python's `repr` of a string: single quotes unless only double ones avoid escapes.
    var pythonRepresentation: String {
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = Text([quote])
        for scalar in scalars {
            switch scalar {
            case quote, "\\":
                result.append("\\")
                result.append(scalar: scalar)
            case "\n": result.append("\\n")
            case "\r": result.append("\\r")
            case "\t": result.append("\\t")
            default:
                if scalar.isPythonPrintable {
                    result.append(scalar: scalar)
                } else {
                    result.append(backslashEscape(of: scalar))
                }
            }
        }
        result.append(scalar: quote)
        return result.string
    }

    /// A representation as Python's `ascii` writes it.
    var asciiEscaped: Text {
        var result = Text()
        for scalar in scalars {
            if scalar.isASCII {
                result.append(scalar: scalar)
            } else {
                result.append(backslashEscape(of: scalar))
            }
        }
        return result
    }

    /// `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
    func backslashEscape(of scalar: Unicode.Scalar) -> Text {
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        let digits = String(scalar.value, radix: 16)
        return Text("\\" + letter + String(repeating: "0", count: width - digits.count) + digits)
    }
}

extension Unicode.Scalar {
    /// Python's `str.isprintable` for one scalar.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}

extension Double {
    /// Python's `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from
    /// 1e16.
    var pythonRepresentation: String {
        if isNaN { return "nan" }
        if isInfinite { return self < 0 ? "-inf" : "inf" }
        let (digits, exponent) = shortestDecimal
        let sign = self.sign == .minus ? "-" : ""
        if exponent < -4 || exponent >= 16 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let magnitude = String(abs(exponent))
            let padding = magnitude.count < 2 ? "0" : ""
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padding)\(magnitude)"
        }
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        let whole = digits.prefix(exponent + 1)
        let fraction = digits.dropFirst(exponent + 1)
        let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
        return sign + whole + zeros + "." + (fraction.isEmpty ? "0" : fraction)
    }

    /// The significant digits, without trailing zeros, and the decimal exponent of the first.
    private var shortestDecimal: (digits: String, exponent: Int) {
        let parts = magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = whole + fraction
        let leadingZeros = all.prefix { $0 == "0" }.count
        guard leadingZeros < all.count else { return ("0", 0) }
        var digits = all.dropFirst(leadingZeros)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), written + whole.count - 1 - leadingZeros)
    }
}
