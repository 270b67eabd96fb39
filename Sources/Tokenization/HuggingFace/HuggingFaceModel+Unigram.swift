internal import JSON

extension HuggingFaceModel {
    func unigramVocabulary(
        _ vocab: JSONField, _ usesByteAlphabet: Bool
    ) throws(TokenizerError) -> Vocabulary {
        let values = try vocab.array()
        let count = values.count
        try Self.checkCount(count, vocab)
        // All of them are looked at before anything is built.
        for (id, value) in values.enumerated() { _ = try Self.piece(value, id, vocab) }
        var vocabulary = Vocabulary(usesByteAlphabet: usesByteAlphabet)
        vocabulary.reserveCapacity(count)
        for (id, value) in values.enumerated() {
            vocabulary.insertModelToken(Array(try Self.piece(value, id, vocab).text.bytes), id: Int32(id))
        }
        return vocabulary
    }

    /// - Parameter vocabulary: has the pieces.
    func unigram(_ vocabulary: Vocabulary) throws(TokenizerError) -> UnigramModel {
        let scores = try scores(vocabulary.modelTokenCount)
        var unknownID: Int32?
        if let unknown = try field.member("unk_id") {
            let id = try unknown.tokenID()
            guard id < scores.count else {
                throw TokenizerError(
                    .outOfRange, field: unknown.path, found: "\(id)", expected: "an id below \(scores.count)",
                    advice: TokenizerError.damagedFileAdvice)
            }
            unknownID = id
        }
        return try UnigramModel(
            pieces: scores.indices.lazy.map {
                UnigramModel.Piece(bytes: vocabulary.modelText(of: Int32($0)) ?? [])
            },
            scores: scores, unknownID: unknownID,
            byteFallback: try field.flag("byte_fallback", default: false))
    }

    private func scores(_ count: Int) throws(TokenizerError) -> [Double] {
        let vocab = try field.required("vocab")
        var scores: [Double] = []
        scores.reserveCapacity(count)
        for (id, value) in try vocab.array().enumerated() {
            scores.append(ReferenceNumber.parsed(try Self.piece(value, id, vocab).score.double ?? 0))
        }
        return scores
    }

    /// A pair `["piece", score]`; a piece's id is its index.
    private static func piece(
        _ value: JSONNode, _ id: Int, _ vocab: JSONField
    ) throws(TokenizerError) -> (text: JSONText, score: JSONNode) {
        guard let (text, score) = value.elements?.pair, let text = text.text, score.isNumber else {
            throw JSONField(value, path: "\(vocab.path)[\(id)]")
                .wrongType("an array of a string and a number")
        }
        return (text, score)
    }
}
