/// Turns a word, as the pre-tokenizer leaves it, into ids.
enum TokenizerModel: Sendable {
    case bytePair(BytePairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    case wordLevel(WordLevelModel)
    case textMerge(TextMergeModel)
    case sentencePiece(SentencePieceModel)

    /// `beginsText`: the word begins the whole text, which counts for models that prepare text themselves.
    func encode(
        _ bytes: [UInt8], in word: Range<Int>, beginsText: Bool, into session: inout EncodingSession
    ) {
        switch self {
        case .textMerge(let model): model.encode(bytes, in: word, into: &session)
        case .sentencePiece(let model):
            model.encode(bytes, in: word, beginsText: beginsText, into: &session)
        case .bytePair(let model): model.encode(bytes, in: word, into: &session)
        case .wordLevel(let model): model.encode(bytes, in: word, into: &session)
        case .wordPiece(let model):
            session.encodeCached(bytes, word) { session in model.encode(bytes, in: word, into: &session) }
        case .unigram(let model):
            session.encodeCached(bytes, word) { session in
                model.encode(bytes, in: word, into: &session.ids)
            }
        }
    }
}
