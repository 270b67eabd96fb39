/// Numbers as reports show them.
enum ReportNumber {
    /// A fixed count of decimals; `-` for what is no number.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "-" }
        let digits = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return decimals > 0 ? sign + padded.dropLast(decimals) + "." + padded.suffix(decimals) : sign + padded
    }

    /// About four digits that mean something: `16.55`, `0.002150`, `3.1e-09`.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "-" }
        let size = abs(value)
        guard size >= 1e-6, size < 1e9 else { return scientific(value) }
        let digits = (0...9).first { size >= [1000, 100, 10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6][$0] } ?? 9
        return fixed(value, digits)
    }

    /// The number without zeros at its end: `0.25`.
    static func tick(_ value: Double) -> String {
        let text = short(value)
        guard text.contains("."), !text.contains("e") else { return text }
        let trimmed = text[...(text.lastIndex { $0 != "0" } ?? text.startIndex)]
        return String(trimmed.last == "." ? trimmed.dropLast() : trimmed)
    }

    static func optional(_ value: Double?, _ text: (Double) -> String = short) -> String {
        value.map(text) ?? "-"
    }

    static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

    /// In binary units: `93.8 MiB`.
    static func bytes(_ count: Int) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        guard abs(count) >= 1 << 10 else { return "\(count) B" }
        var value = Double(count) / 1024
        var unit = 0
        // Rounding must not show "1024.0 MiB".
        while abs(value) >= 1023.95, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return "\(fixed(value, 1)) \(units[unit])"
    }

    /// `0.8 s`, `42 s`, `3:07 min`, `2:05 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds >= 0, seconds < 1e9 else { return "-" }
        if seconds < 10 { return "\(fixed(seconds, 1)) s" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60):\(two(whole % 60)) min" }
        return "\(whole / 3600):\(two(whole % 3600 / 60)) h"
    }

    private static func scientific(_ value: Double) -> String {
        let exponent = decimalExponent(of: value)
        let mantissa = value / powerOfTen(exponent)
        // Rounding must not show "10.0e-7".
        return abs(mantissa) < 9.95
            ? "\(fixed(mantissa, 1))e\(exponent)" : "\(fixed(mantissa / 10, 1))e\(exponent + 1)"
    }
}
