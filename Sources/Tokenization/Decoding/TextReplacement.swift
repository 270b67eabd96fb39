/// Replacing strings in a text, one after another.
enum TextReplacement {
    typealias Pair = (from: LiteralPattern, to: [UInt8])

    /// What WordPiece decoders make of the spaces around punctuation and English contractions.
    static let wordPieceCleanup = pairs([
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ])

    /// What `clean_up_tokenization_spaces` means in a `tokenizer_config.json`.
    static let configurationCleanup = wordPieceCleanup.filter { $0.to != Array(" don't".utf8) }

    static func all(_ pairs: [Pair], in text: [UInt8]) -> [UInt8] {
        var text = text
        for (from, to) in pairs where from.bytes.count <= text.count {
            text = Normalizer.Stage.replacing(.literal(from), by: to, text, 0..<text.count) ?? text
        }
        return text
    }

    private static func pairs(_ pairs: [(String, String)]) -> [Pair] {
        pairs.map { (LiteralPattern(Array($0.utf8)), Array($1.utf8)) }
    }
}
