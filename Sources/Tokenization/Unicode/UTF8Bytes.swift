/// Reading scalars from UTF-8 that is already known to be valid (it comes from a `String` or from a
/// validated file). Text is never walked by `Character`: CRLF is one character but two scalars.
extension Array<UInt8> {
    /// The scalar whose first byte is at `index`, and its length in bytes.
    @inline(__always)
    func scalar(at index: Int) -> (value: UInt32, width: Int) {
        let first = UInt32(self[index])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | continuation(index + 1), 2) }
        if first < 0xF0 {
            return ((first & 0x0F) << 12 | continuation(index + 1) << 6 | continuation(index + 2), 3)
        }
        let high = (first & 0x07) << 18 | continuation(index + 1) << 12
        return (high | continuation(index + 2) << 6 | continuation(index + 3), 4)
    }

    /// The start of the scalar that ends just before `index`; `index` must be above 0.
    func scalarStart(before index: Int) -> Int {
        var start = index - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    mutating func append(scalar value: UInt32) {
        switch value {
        case ..<0x80:
            append(UInt8(value))
        case ..<0x800:
            append(UInt8(0xC0 | value >> 6))
            append(UInt8(0x80 | value & 0x3F))
        case ..<0x10000:
            append(UInt8(0xE0 | value >> 12))
            append(UInt8(0x80 | value >> 6 & 0x3F))
            append(UInt8(0x80 | value & 0x3F))
        default:
            append(UInt8(0xF0 | value >> 18))
            append(UInt8(0x80 | value >> 12 & 0x3F))
            append(UInt8(0x80 | value >> 6 & 0x3F))
            append(UInt8(0x80 | value & 0x3F))
        }
    }

    @inline(__always)
    private func continuation(_ index: Int) -> UInt32 {
        UInt32(self[index]) & 0x3F
    }
}
