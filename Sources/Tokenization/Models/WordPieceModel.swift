/// Cuts a word into the longest tokens from left to right, as BERT does.
///
/// A word that cannot be cut into tokens is unknown as a whole.
struct WordPieceModel: Sendable {
    struct Options: Sendable {
        var unknownID: Int32
        /// Tokens that go on inside a word begin with this: "##".
        var continuingPrefix: [UInt8] = Array("##".utf8)
        /// A word of more scalars is unknown.
        var maximumScalars = 100
    }

    private let options: Options
    /// Tokens that begin a word, and tokens that go on inside of one (without the prefix).
    private let firsts: PrefixIndex
    private let continuations: PrefixIndex

    init(vocabulary: Vocabulary, options: Options) {
        self.options = options
        var first: [(key: ArraySlice<UInt8>, value: Int32)] = []
        var continuing: [(key: ArraySlice<UInt8>, value: Int32)] = []
        for id in 0..<Int32(vocabulary.size) {
            guard let text = vocabulary.modelText(of: id), !text.isEmpty else { continue }
            first.append((text, id))
            let rest = text.dropFirst(options.continuingPrefix.count)
            if text.starts(with: options.continuingPrefix), !rest.isEmpty { continuing.append((rest, id)) }
        }
        firsts = PrefixIndex(first)
        continuations = PrefixIndex(continuing)
    }

    func encode(_ bytes: [UInt8], in word: Range<Int>, into session: inout EncodingSession) {
        let first = session.ids.count
        var index = word.lowerBound
        var isTokenized = scalarCount(bytes, word) <= options.maximumScalars
        while isTokenized, index < word.upperBound {
            let prefixes = index == word.lowerBound ? firsts : continuations
            if let match = prefixes.longest(bytes, from: index, to: word.upperBound) {
                session.ids.append(match.value)
                index += match.count
            } else {
                isTokenized = false
            }
        }
        guard !isTokenized else { return }
        session.ids.removeLast(session.ids.count - first)
        session.ids.append(options.unknownID)
    }

    private func scalarCount(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var count = 0
        for index in range where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
