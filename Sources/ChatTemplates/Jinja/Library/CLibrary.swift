#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What `strftime_now` reads, through the C library, as Python does.
enum Clock: Sendable {
    /// The present, in the local time zone.
    case system
    /// A moment in seconds since 1970, in UTC.
    case fixed(Int)

    /// The moment in the words of one `strftime` directive, such as "d" or "B"; nil when there is no such
    /// directive.
    func formatted(_ directive: Unicode.Scalar) -> String? {
        guard "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%".unicodeScalars.contains(directive) else {
            return nil
        }
        if directive == "%" { return "%" }
        var parts = tm()
        switch self {
        case .system:
            var now = time(nil)
            localtime_r(&now, &parts)
        case .fixed(let seconds):
            var moment = time_t(seconds)
            gmtime_r(&moment, &parts)
        }
        // The longest directive, %c, stays under 30 bytes in the C locale.
        var buffer = [CChar](repeating: 0, count: 128)
        let written = strftime(&buffer, buffer.count, "%\(directive)", &parts)
        return String(decoding: buffer.prefix(written).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Floating-point operations that Swift leaves to the C library.
enum MathFunctions {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    /// `value` as C's `printf` writes it under a conversion such as "f", "e" or "g".
    static func format(
        _ value: Double, conversion: Unicode.Scalar, precision: Int, isAlternate: Bool = false
    ) -> String {
        // No other letter may reach the C library, which reads and writes memory for some.
        let isKnown = "eEfFgG".unicodeScalars.contains(conversion)
        let format = "%\(isAlternate ? "#" : "").*\(isKnown ? conversion : "g")"
        // A double has at most 309 digits before the point.
        var buffer = [CChar](repeating: 0, count: 350 + precision)
        let written = withVaList([Int32(precision), value]) { arguments in
            vsnprintf(&buffer, buffer.count, format, arguments)
        }
        return String(
            decoding: buffer.prefix(max(0, Int(written))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
