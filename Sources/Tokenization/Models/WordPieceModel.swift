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
        let prefix = options.continuingPrefix
        let ids = (0..<Int32(vocabulary.size)).filter { vocabulary.modelText(of: $0)?.isEmpty == false }
        firsts = PrefixIndex(ids) { vocabulary.modelText(of: $0) ?? [] }
        let continuing = ids.filter { id in
            vocabulary.modelText(of: id).map { $0.count > prefix.count && $0.starts(with: prefix) } == true
        }
        continuations = PrefixIndex(continuing) {
            vocabulary.modelText(of: $0)?.dropFirst(prefix.count) ?? []
        }
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
