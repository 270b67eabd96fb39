/// Lower case of one scalar at a time, without regard to its neighbours.
enum Lowercase {
    private static let dottedCapitalI: UInt32 = 0x130

    /// Appends what `scalar` becomes.
    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        if scalar < 0x80 {
            let isUpper = UInt32(UInt8(ascii: "A"))...UInt32(UInt8(ascii: "Z")) ~= scalar
            bytes.append(UInt8(scalar) | (isUpper ? 0x20 : 0))
        } else if scalar == dottedCapitalI {
            bytes.append(UInt8(ascii: "i"))
            bytes.append(scalar: 0x307)
        } else {
            bytes.append(scalar: lowered(scalar))
        }
    }

    private static func lowered(_ scalar: UInt32) -> UInt32 {
        let runs = LowercaseData.runs
        var (low, high) = (0, runs.count / 4)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle * 4 + 1] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count / 4 else { return scalar }
        let (first, step) = (runs[low * 4], runs[low * 4 + 2])
        guard scalar >= first, (scalar - first) % step == 0 else { return scalar }
        return scalar &+ runs[low * 4 + 3]
    }
}
