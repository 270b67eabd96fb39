/// A number of bytes as people write it: `2GiB`, `500 MB`, `1.5g`, `1048576`.
package struct ByteSize: Equatable, Sendable {
    package let bytes: Int

    /// Powers of 1000, and with an `i` powers of 1024; a letter alone means the latter, as `ulimit` and Java have it.
    private static let units: [(name: String, bytes: Double)] = [
        ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40), ("kb", 1e3), ("mb", 1e6),
        ("gb", 1e9), ("tb", 1e12), ("k", 0x1p10), ("m", 0x1p20), ("g", 0x1p30), ("t", 0x1p40), ("b", 1),
    ]

    /// `nil` when the text is no size of at least one byte.
    package init?(_ text: String) {
        var number = text.lowercased().filter { $0 != " " }
        var factor = 1.0
        if let unit = Self.units.first(where: { number.hasSuffix($0.name) }) {
            number.removeLast(unit.name.count)
            factor = unit.bytes
        }
        guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(number),
            value * factor >= 1, value * factor < 0x1p62
        else { return nil }
        bytes = Int(value * factor)
    }
}
