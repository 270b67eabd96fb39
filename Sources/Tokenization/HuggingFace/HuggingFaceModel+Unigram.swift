internal import JSON

extension HuggingFaceModel {
    func unigramVocabulary(
        _ vocab: JSONField, _ usesByteAlphabet: Bool
    ) throws(TokenizerError) -> Vocabulary {
        let pieces = try pieces()
        var vocabulary = Vocabulary(usesByteAlphabet: usesByteAlphabet)
        vocabulary.reserveCapacity(pieces.count)
        for (index, piece) in pieces.enumerated() {
            vocabulary.insertModelToken(piece.bytes, id: Int32(index))
        }
        return vocabulary
    }

    func unigram(_ vocabulary: Vocabulary) throws(TokenizerError) -> UnigramModel {
        let pieces = try pieces()
        var unknownID: Int32?
        if let unknown = try field.member("unk_id") {
            let id = try unknown.tokenID()
            guard id < pieces.count else {
                throw TokenizerError(
                    .outOfRange, field: unknown.path, found: "\(id)", expected: "an id below \(pieces.count)",
                    advice: TokenizerError.damagedFileAdvice)
            }
            unknownID = id
        }
        return try UnigramModel(
            pieces: pieces, unknownID: unknownID,
            byteFallback: try field.flag("byte_fallback", default: false))
    }

    /// Pairs `["piece", score]`; a piece's id is its index.
    private func pieces() throws(TokenizerError) -> [UnigramModel.Piece] {
        let vocab = try field.required("vocab")
        let values = try vocab.array()
        let count = values.count
        try Self.checkCount(count, vocab)
        var pieces: [UnigramModel.Piece] = []
        pieces.reserveCapacity(count)
        for value in values {
            guard let (first, second) = value.elements?.pair, let text = first.text,
                let score = second.double
            else {
                throw JSONField(value, path: "\(vocab.path)[\(pieces.count)]")
                    .wrongType("an array of a string and a number")
            }
            pieces.append(
                UnigramModel.Piece(bytes: Array(text.bytes), score: ReferenceNumber.parsed(score)))
        }
        return pieces
    }
}
