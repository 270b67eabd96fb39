/// SentencePiece's compiled normalization table ("precompiled_charsmap"): a double-array trie of texts to
/// replace, and the replacements.
struct CharacterMap: Sendable {
    /// Unicode's longest compatibility decomposition has 18 scalars.
    private static let longestReplacement = 255

    /// A double array as Darts-clone lays it out.
    private let units: [UInt32]
    /// Zero-terminated UTF-8.
    private let replacements: [UInt8]
    /// Bytes of the longest replacement.
    let longestReplacementCount: Int

    /// - Parameter blob: The size of the trie in bytes (32 bits, little endian), the trie, the replacements.
    init(_ blob: [UInt8], field: String = "precompiled_charsmap") throws(TokenizerError) {
        func damaged(_ found: String, _ expected: String) -> TokenizerError {
            TokenizerError(
                .inconsistent, field: field, found: found, expected: expected,
                advice: TokenizerError.damagedFileAdvice)
        }
        guard blob.count >= 4 else { throw damaged("\(blob.count) bytes", "at least 4") }
        let size = Int(Self.word(blob, at: 0))
        guard size % 4 == 0, size > 0, size <= blob.count - 4 else {
            throw damaged("a trie of \(size) bytes", "a multiple of 4 below \(blob.count - 3)")
        }
        units = (0..<size / 4).map { Self.word(blob, at: 4 + $0 * 4) }
        replacements = Array(blob[(4 + size)...])
        let texts = replacements.split(separator: 0)
        longestReplacementCount = texts.map(\.count).max() ?? 0
        for text in texts {
            guard text.count <= Self.longestReplacement else {
                throw damaged("a replacement of \(text.count) bytes", "at most \(Self.longestReplacement)")
            }
            guard String(validating: text, as: UTF8.self) != nil else {
                throw damaged("a replacement that is not UTF-8", "UTF-8")
            }
        }
    }

    /// The longest text at `start` that has a replacement; it ends where a scalar ends.
    func longestMatch(
        _ bytes: [UInt8], from start: Int, to end: Int
    ) -> (count: Int, replacement: ArraySlice<UInt8>)? {
        var longest: (count: Int, replacement: ArraySlice<UInt8>)?
        bytes.withUnsafeBufferPointer { buffer in
            forEachMatch(buffer, from: start, to: end) { count, replacement in
                longest = (count, replacement)
                return true
            }
        }
        return longest
    }

    /// The replacement of the shortest beginning of `text` that has one, which the tokenizers package takes.
    func mapping(ofPrefixOf text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var shortest: ArraySlice<UInt8>?
        text.withUnsafeBufferPointer { buffer in
            forEachMatch(buffer, from: 0, to: buffer.count) { _, replacement in
                shortest = replacement
                return false
            }
        }
        return shortest
    }

    // MARK: - Internals

    /// Walks the trie; `body` says whether to go on.
    @inline(__always)
    private func forEachMatch(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int,
        _ body: (Int, ArraySlice<UInt8>) -> Bool
    ) {
        var node = Self.offset(units[0])
        var index = start
        while index < end {
            node ^= Int(bytes[index])
            guard node < units.count else { return }
            let unit = units[node]
            // The label's high bit marks a value, which no byte equals.
            guard unit & 0x8000_00FF == UInt32(bytes[index]) else { return }
            node ^= Self.offset(unit)
            index += 1
            let isWhole = index == end || bytes[index] & 0xC0 != 0x80
            if unit >> 8 & 1 != 0, isWhole, node < units.count,
                let text = replacement(at: Int(units[node] & 0x7FFF_FFFF)), !body(index - start, text)
            {
                return
            }
        }
    }

    private func replacement(at start: Int) -> ArraySlice<UInt8>? {
        guard start < replacements.count, replacements[start] & 0xC0 != 0x80 else { return nil }
        var end = start
        while end < replacements.count, replacements[end] != 0 { end += 1 }
        return replacements[start..<end]
    }

    private static func offset(_ unit: UInt32) -> Int {
        Int(unit >> 10) << Int((unit & 0x200) >> 6)
    }

    private static func word(_ bytes: [UInt8], at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32($1 * 8) }
    }
}
