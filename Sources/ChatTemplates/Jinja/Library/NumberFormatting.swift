/// The fields that `%` formatting and `str.format` share.
struct NumberFormat {
    /// '-' left, '0' zeros behind the sign, '=' fill behind the sign, '^' centred, '>' right.
    var alignment: Unicode.Scalar?
    var fill: Unicode.Scalar = " "
    /// What stands before a number that is not negative: nothing, "+" or " ".
    var positiveSign = ""
    /// Whether a sign was asked for, "-" included.
    var hasSign = false
    /// Whether the alignment comes from a "0" before the width.
    var isZeroPadded = false
    var isAlternate = false
    var width = 0
    var precision: Int?
    var grouping: Unicode.Scalar?
    var conversion: Unicode.Scalar?

    /// Digits after the point that are worth computing; a double has no more than 1074.
    static let highestPrecision = 1100
    static let highestWidth = 1_000_000
}

extension Interpreter {
    /// Pads `body` to the width, with `sign` in front of it.
    func pad(sign: String = "", _ body: Text, _ format: NumberFormat, standard: Unicode.Scalar)
        throws(JinjaError) -> Text
    {
        var text = Text(sign)
        let missing = format.width - text.count - body.count
        try charge(scalars: max(missing, 0) + text.count + body.count)
        guard missing > 0 else {
            text.append(body)
            return text
        }
        func filling(_ count: Int) -> Text { Text(repeating: format.fill, count: count) }
        switch format.alignment ?? standard {
        case "<": return Text(text.scalars + body.scalars + filling(missing).scalars)
        case "=": return Text(text.scalars + filling(missing).scalars + body.scalars)
        case "^":
            let left = missing / 2
            return Text(
                filling(left).scalars + text.scalars + body.scalars + filling(missing - left).scalars)
        default: return Text(filling(missing).scalars + text.scalars + body.scalars)
        }
    }

    func format(_ value: Int, _ format: NumberFormat) throws(JinjaError) -> Text {
        let magnitude = value.magnitude
        let digits: String
        var prefix = ""
        switch format.conversion {
        case "x": (digits, prefix) = (String(magnitude, radix: 16), "0x")
        case "X": (digits, prefix) = (String(magnitude, radix: 16, uppercase: true), "0X")
        case "o": (digits, prefix) = (String(magnitude, radix: 8), "0o")
        case "b": (digits, prefix) = (String(magnitude, radix: 2), "0b")
        default: digits = String(magnitude)
        }
        return try self.format(digits: digits, prefix: prefix, isNegative: value < 0, format)
    }

    /// A double without a fraction, as the integer it is.
    func format(whole value: Double, _ format: NumberFormat) throws(JinjaError) -> Text {
        let digits = MathFunctions.format(
            value.magnitude, conversion: "f", precision: 0, isAlternate: false)
        return try self.format(digits: digits, prefix: "", isNegative: value < 0, format)
    }

    private func format(
        digits: String, prefix: String, isNegative: Bool, _ format: NumberFormat
    ) throws(JinjaError) -> Text {
        var digits = digits
        if let precision = format.precision, digits.count < precision {
            try charge(scalars: precision)
            digits = String(repeating: "0", count: precision - digits.count) + digits
        }
        let isDecimal = prefix.isEmpty
        let sign = (isNegative ? "-" : format.positiveSign) + (format.isAlternate ? prefix : "")
        let size = isDecimal ? 3 : 4
        let padded = zeroPadded(digits, to: format.width - sign.unicodeScalars.count, by: format, size: size)
        return try pad(sign: sign, Text(grouped(padded, by: format, size: size)), format, standard: ">")
    }

    func format(_ value: Double, _ format: NumberFormat) throws(JinjaError) -> Text {
        let conversion = format.conversion ?? "g"
        let precision = min(format.precision ?? 6, NumberFormat.highestPrecision)
        let isUpper = conversion == "E" || conversion == "F" || conversion == "G"
        let isPercent = conversion == "%"
        let sign = value.sign == .minus && !value.isNaN ? "-" : format.positiveSign
        var digits: String
        if format.conversion == nil, value.isFinite {
            digits = value.magnitude.pythonGeneral(
                precision: format.precision.map { min($0, NumberFormat.highestPrecision) },
                isAlternate: format.isAlternate)
        } else if value.isNaN || value.isInfinite {
            let name = value.isNaN ? "nan" : "inf"
            digits = (isUpper ? name.uppercased() : name) + (isPercent ? "%" : "")
        } else {
            digits = MathFunctions.format(
                value.magnitude * (isPercent ? 100 : 1), conversion: isPercent ? "f" : conversion,
                precision: precision, isAlternate: format.isAlternate)
            digits += isPercent ? "%" : ""
        }
        if value.isFinite {
            digits = zeroPadded(digits, to: format.width - sign.unicodeScalars.count, by: format, size: 3)
        }
        return try pad(sign: sign, Text(grouped(digits, by: format, size: 3)), format, standard: ">")
    }

    /// Digits with so many zeros in front that they reach `width` together with their separators.
    private func zeroPadded(_ digits: String, to width: Int, by format: NumberFormat, size: Int) -> String {
        guard format.grouping != nil, format.alignment == "=", format.fill == "0" else { return digits }
        let whole = wholeDigits(of: digits, format).count
        let rest = digits.count - whole
        // With n digits there are (n - 1) / size separators.
        var wanted = max(whole, (width - rest) * size / (size + 1))
        while wanted + (wanted - 1) / size < width - rest { wanted += 1 }
        return String(repeating: "0", count: wanted - whole) + digits
    }

    /// The digits in front of a point or an exponent.
    private func wholeDigits(of digits: String, _ format: NumberFormat) -> Substring {
        let isHex = format.conversion == "x" || format.conversion == "X"
        return digits.prefix { isHex ? $0.isHexDigit : $0.isWholeNumber }
    }

    private func grouped(_ digits: String, by format: NumberFormat, size: Int) -> String {
        guard let separator = format.grouping else { return digits }
        let whole = wholeDigits(of: digits, format)
        let rest = digits.dropFirst(whole.count)
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % size == 0 { result.unicodeScalars.append(separator) }
            result.append(digit)
        }
        return result + rest
    }
}

extension Int {
    /// Python's `round(value, -zeros)`: to the nearest multiple of a power of ten, ties to even; nil when that
    /// does not fit.
    func rounded(zeros: UInt) -> Int? {
        guard zeros < 20 else { return 0 }
        var unit: UInt = 1
        for _ in 0..<zeros { unit *= 10 }
        let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: unit)
        let isUp = remainder > unit - remainder || remainder == unit - remainder && quotient % 2 == 1
        let (product, overflow) = (quotient + (isUp ? 1 : 0)).multipliedReportingOverflow(by: unit)
        guard !overflow, let result = Int(exactly: product) else { return nil }
        return self < 0 ? -result : result
    }
}

extension Double {
    /// Python's format without a letter: the shortest digits that read back or, with a precision, like "g", but
    /// fixed notation has a digit behind its point, and ends one digit earlier for it.
    fileprivate func pythonGeneral(precision: Int?, isAlternate: Bool) -> String {
        guard let precision = precision.map({ max($0, 1) }) else {
            let digits = pythonRepresentation
            guard isAlternate, !digits.contains("."), let letter = digits.firstIndex(of: "e") else {
                return digits
            }
            return digits[..<letter] + "." + digits[letter...]
        }
        let scientific = MathFunctions.format(
            self, conversion: "e", precision: precision - 1, isAlternate: isAlternate)
        let letter = scientific.firstIndex(of: "e") ?? scientific.endIndex
        let exponent = Int(scientific[letter...].dropFirst()) ?? 0
        guard exponent >= -4, exponent < precision - 1 || self == 0 && precision > 1 else {
            var mantissa = scientific[..<letter]
            if mantissa.contains("."), !isAlternate {
                while mantissa.last == "0" { mantissa.removeLast() }
                if mantissa.last == "." { mantissa.removeLast() }
            }
            return String(mantissa) + scientific[letter...]
        }
        let fixed = MathFunctions.format(
            self, conversion: "g", precision: precision, isAlternate: isAlternate)
        return fixed.contains(".") ? fixed : fixed + ".0"
    }

    /// Python's `round(value, digits)`: correctly rounded from the exact binary value, ties to even.
    func roundedLikePython(digits: Int) -> Double {
        guard isFinite else { return self }
        if digits > 323 { return self }
        if digits >= 0 {
            return Double(MathFunctions.format(self, conversion: "f", precision: digits)) ?? self
        }
        guard digits > -309 else { return Double(signOf: self, magnitudeOf: 0) }
        // One digit fewer in front of the point: scientific notation rounds at that digit.
        // (All digits are written, so that 998 is not taken for a thousand.)
        let written = MathFunctions.format(self, conversion: "e", precision: 17)
        let exponent = Int(written.drop { $0 != "e" }.dropFirst()) ?? 0
        let precision = exponent + digits
        if precision >= 0 {
            let rounded = MathFunctions.format(self, conversion: "e", precision: precision)
            return Double(rounded) ?? self
        }
        let unit = MathFunctions.power(10, Double(-digits))
        return Double(signOf: self, magnitudeOf: (magnitude / unit).rounded(.toNearestOrEven) * unit)
    }
}
