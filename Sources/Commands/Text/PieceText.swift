/// The bytes of a token as one printable line.
package enum PieceText {
    /// The text in quotes: control characters and bytes that are no whole character as escapes.
    package static func quoted(_ bytes: [UInt8]) -> String {
        var result = "'"
        var rest = bytes[...]
        while let first = rest.first {
            guard let scalar = firstScalar(of: rest) else {
                result += hexadecimal(first)
                rest = rest.dropFirst()
                continue
            }
            result += spelling(of: scalar)
            rest = rest.dropFirst(UTF8.width(scalar))
        }
        return result + "'"
    }

    private static func firstScalar(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }

    private static func spelling(of scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\\": return "\\\\"
        case "'": return "\\'"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned,
            .nonspacingMark, .enclosingMark, .spacingMark:
            // Marks would sit on the quote or on the character before it.
            return "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: return String(Character(scalar))
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
}
