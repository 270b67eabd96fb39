extension Double {
    /// The number with a fixed count of decimals, such as `12.50`; `-` when it is no number.
    package func fixed(_ decimals: Int) -> String {
        guard isFinite, abs(self) < 1e15 else { return "-" }
        let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        let scaled = (abs(self) * scale).rounded()
        guard scaled < 9e18 else { return "-" }
        let digits = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }
}

extension Int {
    /// The number of bytes for people, in binary units: `512 B`, `93.8 MiB`.
    package var byteText: String {
        guard self >= 1 << 10 else { return "\(self) B" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(self) / 1024
        var unit = 0
        // Rounding must not show "1024.0 MiB".
        while value >= 1023.95, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return "\(value.fixed(1)) \(units[unit])"
    }
}
