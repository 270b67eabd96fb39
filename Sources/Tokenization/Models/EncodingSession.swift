/// The output and working memory of one `encode` call.
struct EncodingSession {
    var ids: [Int32] = []
    var symbols: [Int32] = []
    var ranks: [UInt64] = []
    var cache: WordCache

    init(byteCount: Int) {
        // About four bytes per token in English; more tokens than that only cost a reallocation.
        ids.reserveCapacity(byteCount / 4 + 8)
        cache = WordCache(byteCount: byteCount)
    }

    /// Appends what `encode` does for the word, or a copy of what it did for the same word before.
    @inline(__always)
    mutating func encodeCached(
        _ bytes: [UInt8], _ word: Range<Int>, _ encode: (inout EncodingSession) -> Void
    ) {
        guard let key = cache.key(bytes, word) else { return encode(&self) }
        if let earlier = cache.find(key) {
            for index in earlier { ids.append(ids[index]) }
            return
        }
        let firstOutput = ids.count
        encode(&self)
        cache.store(key, firstOutput..<ids.count)
    }
}

/// Remembers where in the output the ids of recent short words are, so that a repeated word is copied.
///
/// Direct-mapped: a new word takes the place of an old one. It lives for one call only, and therefore needs
/// no lock and cannot grow.
struct WordCache {
    struct Key {
        let low: UInt64
        let high: UInt64
        let count: UInt8
    }

    private struct Entry {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var start: UInt32 = 0
        var count: UInt8 = 0
        var outputCount: UInt8 = 0
    }

    private static let longestWord = 16
    /// Below this filling the table costs more than the repeated words of a text save.
    private static let smallestText = 1024
    /// 8192 entries of 24 bytes: about the size of a level-2 cache.
    private static let largestBits = 13

    private var entries: [Entry] = []
    private var shift: UInt64 = 0

    init(byteCount: Int) {
        guard byteCount >= Self.smallestText else { return }
        var bits = 8
        while bits < Self.largestBits, 8 << bits < byteCount { bits += 1 }
        entries = [Entry](repeating: Entry(), count: 1 << bits)
        shift = UInt64(64 - bits)
    }

    /// Nil when the word is too long to be remembered, or nothing is.
    @inline(__always)
    func key(_ bytes: [UInt8], _ word: Range<Int>) -> Key? {
        guard !entries.isEmpty, word.count <= Self.longestWord else { return nil }
        var low: UInt64 = 0
        var high: UInt64 = 0
        let middle = min(word.lowerBound + 8, word.upperBound)
        for index in word.lowerBound..<middle { low = low << 8 | UInt64(bytes[index]) }
        for index in middle..<word.upperBound { high = high << 8 | UInt64(bytes[index]) }
        return Key(low: low, high: high, count: UInt8(word.count))
    }

    /// Where the ids of the word are in the output.
    @inline(__always)
    func find(_ key: Key) -> Range<Int>? {
        let entry = entries[slot(of: key)]
        guard entry.count == key.count, entry.low == key.low, entry.high == key.high else { return nil }
        return Int(entry.start)..<Int(entry.start) + Int(entry.outputCount)
    }

    mutating func store(_ key: Key, _ output: Range<Int>) {
        guard let start = UInt32(exactly: output.lowerBound), let count = UInt8(exactly: output.count) else {
            return
        }
        entries[slot(of: key)] = Entry(
            low: key.low, high: key.high, start: start, count: key.count, outputCount: count)
    }

    @inline(__always)
    private func slot(of key: Key) -> Int {
        // 2^64 / golden ratio, and an unrelated odd constant for the second half.
        let mixed = key.low &* 0x9E37_79B9_7F4A_7C15 ^ key.high &* 0xC2B2_AE3D_27D4_EB4F
        let salted = (mixed ^ mixed >> 29) &+ UInt64(key.count)
        return Int((salted &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}
