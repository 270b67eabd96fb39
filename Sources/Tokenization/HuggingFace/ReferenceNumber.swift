/// Numbers as Hugging Face's tokenizers read them from JSON: not always the nearest double.
///
/// Their parser (Rust's serde_json, with its default options) rounds the digits to a double and then divides
/// by a power of ten. The last bit decides between segmentations of a Unigram model that are equally probable
/// otherwise.
enum ReferenceNumber {
    private static let largestExponent = 308
    /// The doubles next to the powers of ten.
    private static let powers = (0...largestExponent).map { Double("1e\($0)") ?? .infinity }

    /// What the reference reads where the file has `value` in the fewest digits that tell it from its
    /// neighbours, which is how the files are written.
    static func parsed(_ value: Double) -> Double {
        guard value.isFinite else { return value }
        var significand: UInt64 = 0
        var exponent = 0
        var isFraction = false
        let text = "\(value.magnitude)".utf8
        let mantissa = text.prefix { $0 != UInt8(ascii: "e") }
        for byte in mantissa {
            guard byte != UInt8(ascii: ".") else {
                isFraction = true
                continue
            }
            // At most 18 digits: those that tell doubles apart, and a zero.
            significand = significand * 10 + UInt64(byte - UInt8(ascii: "0"))
            if isFraction { exponent -= 1 }
        }
        exponent += Int(String(decoding: text.dropFirst(mantissa.count + 1), as: UTF8.self)) ?? 0
        let magnitude = scaled(Double(significand), exponent)
        return value.sign == .minus ? -magnitude : magnitude
    }

    private static func scaled(_ number: Double, _ exponent: Int) -> Double {
        if exponent >= 0 {
            return exponent > largestExponent ? .infinity : number * powers[exponent]
        }
        guard exponent < -largestExponent else { return number / powers[-exponent] }
        return scaled(number / powers[largestExponent], exponent + largestExponent)
    }
}
