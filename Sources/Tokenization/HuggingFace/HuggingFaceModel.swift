internal import JSON

/// The `model` of a `tokenizer.json`.
struct HuggingFaceModel {
    private enum Kind: String {
        case bytePair = "BPE"
        case unigram = "Unigram"
        case wordPiece = "WordPiece"
        case wordLevel = "WordLevel"
    }

    /// Scalars of a word that WordPiece cuts: the time for a word grows with the square of its length.
    private static let longestWord = 10_000

    let field: JSONField
    private let kind: Kind

    init(_ field: JSONField) throws(TokenizerError) {
        self.field = field
        kind = try Self.kind(field)
    }

    var isBytePair: Bool { kind == .bytePair }

    /// Whether a word can be given in bytes instead of the byte alphabet.
    var canSpellBytes: Bool {
        get throws(TokenizerError) {
            guard kind == .bytePair, case let affixes = try self.affixes() else { return false }
            return affixes.isEmpty && !affixes.fallsBackToBytes
        }
    }

    func vocabulary(usesByteAlphabet: Bool) throws(TokenizerError) -> Vocabulary {
        let vocab = try field.required("vocab")
        if kind == .unigram { return try unigramVocabulary(vocab, usesByteAlphabet) }
        let members = try vocab.object()
        try Self.checkCount(members.count, vocab)
        var builder = BytePairModelBuilder(
            source: vocab.path, tokenCount: members.count, usesByteAlphabet: usesByteAlphabet)
        for member in members {
            let text = Array(member.key.bytes)
            let id = try member.value.tokenID(path: "\(vocab.path).\(TokenizerError.quote(text))")
            try builder.addToken(text, id: id)
        }
        return builder.vocabulary
    }

    func build(_ vocabulary: Vocabulary, spellsBytes: Bool) throws(TokenizerError) -> TokenizerModel {
        switch kind {
        case .bytePair: .bytePair(try bytePair(vocabulary, spellsBytes))
        case .unigram: .unigram(try unigram(vocabulary))
        case .wordLevel:
            .wordLevel(WordLevelModel(vocabulary: vocabulary, unknownID: try unknownID(vocabulary)))
        case .wordPiece: .wordPiece(try wordPiece(vocabulary))
        }
    }
}

// MARK: - Internals

extension HuggingFaceModel {
    /// The oldest files have no type; it follows from the members, as in Hugging Face's loader.
    private static func kind(_ field: JSONField) throws(TokenizerError) -> Kind {
        guard let type = try field.member("type") else {
            if try field.member("merges") != nil { return .bytePair }
            if try field.required("vocab").node.elements != nil { return .unigram }
            return try field.member("max_input_chars_per_word") != nil ? .wordPiece : .wordLevel
        }
        guard let kind = Kind(rawValue: try type.string()) else {
            throw type.unsupported(
                TokenizerError.quote(try type.bytes()), expected: "BPE, Unigram, WordPiece or WordLevel")
        }
        return kind
    }

    static func checkCount(_ count: Int, _ vocab: JSONField) throws(TokenizerError) {
        guard 1...Int(Vocabulary.idLimit.upperBound) + 1 ~= count else {
            throw TokenizerError(
                .outOfRange, field: vocab.path, found: count == 0 ? "no tokens" : "\(count) tokens",
                expected: "1 to \(Vocabulary.idLimit.upperBound + 1)",
                advice: TokenizerError.damagedFileAdvice)
        }
    }

    func unknownID(_ vocabulary: Vocabulary) throws(TokenizerError) -> Int32 {
        let unknown = try field.required("unk_token")
        guard let id = vocabulary.id(ofText: Array(try unknown.bytes())) else {
            throw TokenizerError(
                .inconsistent, field: unknown.path, found: TokenizerError.quote(try unknown.bytes()),
                expected: "a token of the vocabulary", advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }

    private func wordPiece(_ vocabulary: Vocabulary) throws(TokenizerError) -> WordPieceModel {
        var options = WordPieceModel.Options(unknownID: try unknownID(vocabulary))
        if let prefix = try field.member("continuing_subword_prefix") {
            options.continuingPrefix = Array(try prefix.bytes())
        }
        options.maximumScalars = try HuggingFaceComponent.count(
            field, "max_input_chars_per_word", upTo: Self.longestWord, default: 100)
        return WordPieceModel(vocabulary: vocabulary, options: options)
    }
}
