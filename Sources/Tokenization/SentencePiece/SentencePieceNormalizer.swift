/// SentencePiece's way of preparing text: its table of replacements, and spaces made visible.
///
/// Texts of user-defined pieces are left as they are.
struct SentencePieceNormalizer: Sendable {
    private static let visibleSpace = Array("\u{2581}".utf8)

    var characterMap: CharacterMap?
    var userDefined = ByteTrie([])
    var addsDummyPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
    var treatsSpaceAsSuffix = false

    private var space: [UInt8] { escapesSpaces ? Self.visibleSpace : [0x20] }

    /// - Parameter prefixes: Whether the text gets the space before it that the model wants.
    func normalize(_ bytes: [UInt8], in range: Range<Int>, prefixes: Bool) -> [UInt8] {
        var index = range.lowerBound
        if removesExtraSpaces {
            while index < range.upperBound {
                let next = replacement(bytes, index, range.upperBound)
                guard next.text.elementsEqual([0x20]) else { break }
                index += next.count
            }
        }
        guard index < range.upperBound else { return [] }
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 2 + 8)
        let adds = addsDummyPrefix && prefixes
        if adds, !treatsSpaceAsSuffix { result += space }
        var followsSpace = removesExtraSpaces
        while index < range.upperBound {
            let next = replacement(bytes, index, range.upperBound)
            var text = next.text
            if followsSpace { text = text.drop { $0 == 0x20 } }
            append(text, to: &result)
            if let last = text.last { followsSpace = last == 0x20 }
            if !removesExtraSpaces { followsSpace = false }
            index += next.count
        }
        if removesExtraSpaces {
            while result.count >= space.count, result.suffix(space.count).elementsEqual(space) {
                result.removeLast(space.count)
            }
        }
        if adds, treatsSpaceAsSuffix { result += space }
        return result
    }

    /// What the text at `start` becomes, and how much of it.
    private func replacement(
        _ bytes: [UInt8], _ start: Int, _ end: Int
    ) -> (count: Int, text: ArraySlice<UInt8>) {
        if let symbol = userDefined.longestPrefix(bytes, from: start, to: end) {
            return (symbol.count, bytes[start..<start + symbol.count])
        }
        if let map = characterMap, let match = map.longestMatch(bytes, from: start, to: end) {
            return (match.count, match.replacement)
        }
        let width = bytes.scalar(at: start).width
        return (width, bytes[start..<start + width])
    }

    private func append(_ text: ArraySlice<UInt8>, to result: inout [UInt8]) {
        for byte in text {
            if escapesSpaces, byte == 0x20 { result += Self.visibleSpace } else { result.append(byte) }
        }
    }
}
