/// A set of scalars that is looked up in constant time: one bit for each scalar, equal pages stored once.
struct ScalarBitmap: Sendable {
    private static let pageWords = 4
    private static let pageSize: UInt32 = 256

    /// The first 128 bits, for most texts all that is needed.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)
    private var pages: [UInt16] = []
    private var words: [UInt64] = []

    init(_ set: ScalarSet) {
        // Page 0 has no member, page 1 has all.
        words = [UInt64](repeating: 0, count: Self.pageWords)
        words += [UInt64](repeating: .max, count: Self.pageWords)
        pages.reserveCapacity(Int(0x110000 / Self.pageSize))
        var next = 0
        for first in stride(from: 0 as UInt32, to: 0x110000, by: Int(Self.pageSize)) {
            let last = first + Self.pageSize - 1
            while next < set.ranges.count, set.ranges[next].upperBound < first { next += 1 }
            guard next < set.ranges.count, set.ranges[next].lowerBound <= last else {
                pages.append(0)
                continue
            }
            if set.ranges[next].lowerBound <= first, set.ranges[next].upperBound >= last {
                pages.append(1)
                continue
            }
            pages.append(UInt16(words.count / Self.pageWords))
            appendPage(set, from: next, first...last)
        }
        ascii = (words[Int(pages[0]) * Self.pageWords], words[Int(pages[0]) * Self.pageWords + 1])
    }

    /// Whether `scalar`, which must be below 0x110000, is in the set.
    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        let word = Int(pages[Int(scalar >> 8)]) * Self.pageWords + Int(scalar >> 6 & 3)
        return words[word] >> UInt64(scalar & 63) & 1 != 0
    }

    @inline(__always)
    func containsASCII(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? ascii.low : ascii.high
        return word >> UInt64(byte & 63) & 1 != 0
    }

    private mutating func appendPage(_ set: ScalarSet, from start: Int, _ page: ClosedRange<UInt32>) {
        let base = words.count
        words += [UInt64](repeating: 0, count: Self.pageWords)
        var next = start
        while next < set.ranges.count, set.ranges[next].lowerBound <= page.upperBound {
            for scalar in set.ranges[next].clamped(to: page) {
                let bit = Int(scalar - page.lowerBound)
                words[base + bit / 64] |= 1 << UInt64(bit % 64)
            }
            next += 1
        }
    }
}
