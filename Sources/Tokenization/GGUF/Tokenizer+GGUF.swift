extension Tokenizer.Definition {
    private static let knownModels = "gpt2, gemma4, whitespace, llama, t5 or bert"

    init(vocabulary file: GGUFVocabulary) throws(TokenizerError) {
        try file.checkCounts()
        switch file.model {
        case "gpt2", "whitespace":
            try self.init(bytePairs: file, GGUFPreTokenizer(name: file.pre))
        case "gemma4":
            try self.init(bytePairs: file, GGUFPreTokenizer(name: "gemma4"))
        case "llama", "t5":
            try self.init(sentencePieces: file)
        case "bert":
            try self.init(wordPieces: file)
        default:
            throw GGUFVocabulary.error(
                .unsupported, "model", found: TokenizerError.quote(file.model),
                expected: Self.knownModels, advice: "use a model with one of these vocabularies")
        }
    }

    /// The tokens around a text: what the file says, or what is usual for its kind.
    private mutating func surround(
        _ file: GGUFVocabulary, addsBOS: Bool, addsEOS: Bool, addsSeparator: Bool = false
    ) throws(TokenizerError) {
        if file.addBOS ?? addsBOS {
            prefix = [try GGUFVocabulary.needed(bosID, "bos_token_id", "add_bos_token")]
        }
        if file.addEOS ?? addsEOS {
            suffix = [try GGUFVocabulary.needed(eosID, "eos_token_id", "add_eos_token")]
        } else if file.addSeparator ?? addsSeparator {
            let separator = try file.checked(file.separatorID, "seperator_token_id") ?? eosID
            suffix = [try GGUFVocabulary.needed(separator, "seperator_token_id", "add_sep_token")]
        }
    }

    // MARK: - Byte pairs

    private init(
        bytePairs file: GGUFVocabulary, _ settings: GGUFPreTokenizer
    ) throws(TokenizerError) {
        let usesBytes = settings.spelling == .bytes
        var vocabulary = Vocabulary(usesByteAlphabet: usesBytes)
        vocabulary.reserveCapacity(file.tokens.count)
        for (index, token) in file.tokens.enumerated() {
            vocabulary.insertModelToken(Array(token.utf8), id: Int32(index))
        }
        let added = Self.addedTokens(file, &vocabulary)
        let unknown = try file.checked(file.unknownID, "unknown_token_id")
        let model =
            file.merges.isEmpty && file.pre == "kimi-k2"
            ? TokenizerModel.textMerge(Self.rankedModel(vocabulary))
            : .bytePair(
                BytePairModel(
                    vocabulary: vocabulary, merges: try Self.merges(file, vocabulary),
                    options: Self.options(settings, unknownID: usesBytes ? nil : unknown)))
        self.init(vocabulary: vocabulary, model: model)
        let stages = try settings.stages()
        preTokenizer = PreTokenizer(
            stages: (file.addSpacePrefix == true ? [.prefixSpace] : []) + stages)
        switch settings.spelling {
        case .bytes:
            if settings.normalizes { normalizer = Normalizer([.form(.nfc)]) }
        case .visibleSpaces:
            let space = SentencePieceStripping.space
            normalizer = Normalizer([.replace(.literal(LiteralPattern([0x20])), content: space)])
            decoder = Decoder([
                .replace(.literal(SentencePieceStripping.spacePattern), content: [0x20]), .byteFallback,
                .fuse,
            ])
        case .plain:
            decoder = Decoder([.spaces])
        }
        addedTokens = AddedTokenMatcher(added)
        bosID = try file.checked(file.bosID, "bos_token_id")
        eosID = try file.checked(file.eosID, "eos_token_id")
        try surround(
            file, addsBOS: settings.addsBOS && bosID != nil, addsEOS: false,
            addsSeparator: settings.addsSeparator && eosID != nil)
    }

    private static func merges(
        _ file: GGUFVocabulary, _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> MergeTable {
        let field = GGUFVocabulary.field("merges")
        // At least: tokens and merges have lengths of eight bytes before their texts.
        var builder = MergeTableBuilder(
            count: file.merges.count, fileBytes: 12 * (file.merges.count + file.tokens.count),
            vocabulary: vocabulary, field: field)
        for (index, merge) in file.merges.enumerated() {
            try builder.add(
                try MergeTableBuilder.halves(Array(merge.utf8)[...], field: "\(field)[\(index)]"))
        }
        return builder.table
    }

    private static func options(_ settings: GGUFPreTokenizer, unknownID: Int32?) -> BytePairModel.Options {
        var options = BytePairModel.Options()
        options.ignoreMerges = settings.ignoresMerges
        options.unknownID = unknownID
        options.fuseUnknown = true
        switch settings.spelling {
        case .bytes: break
        case .visibleSpaces: options.spelling = .scalars(BytePairModel.Affixes(fallsBackToBytes: true))
        case .plain: options.spelling = .scalars(BytePairModel.Affixes())
        }
        return options
    }

    /// A tiktoken vocabulary whose file has no merges: ids are ranks.
    private static func rankedModel(_ vocabulary: Vocabulary) -> TextMergeModel {
        var pieces = ByteStrings()
        var ranks: [UInt32] = []
        for id in 0..<Int32(vocabulary.size) {
            pieces.insert(vocabulary.bytes(of: id) ?? [], id: id, isFindable: !vocabulary.isSpecial(id))
            ranks.append(UInt32(id))
        }
        var options = TextMergeModel.Options()
        options.takesWholeWords = true
        return TextMergeModel(pieces: pieces, ranks: ranks, options: options)
    }

    static func addedTokens(_ file: GGUFVocabulary, _ vocabulary: inout Vocabulary) -> [AddedToken] {
        var added: [AddedToken] = []
        for index in file.tokens.indices {
            let type = file.type(of: index)
            let isSpecial =
                type == GGUFVocabulary.TokenType.control || type == GGUFVocabulary.TokenType.unknown
            guard isSpecial || type == GGUFVocabulary.TokenType.userDefined else { continue }
            let id = Int32(index)
            if isSpecial { vocabulary.markSpecial(id) }
            let pattern = Array(file.tokens[index].utf8)
            if !pattern.isEmpty { added.append(AddedToken(id: id, pattern: pattern, isSpecial: isSpecial)) }
        }
        return added
    }
}

// MARK: - SentencePiece

extension Tokenizer.Definition {
    private init(sentencePieces file: GGUFVocabulary) throws(TokenizerError) {
        let isUnigram = file.model == "t5"
        guard !file.scores.isEmpty else {
            throw GGUFVocabulary.error(
                .missingField, "scores", found: "nothing", expected: "a score for every token",
                advice: TokenizerError.damagedFileAdvice)
        }
        var pieces = SentencePieceFile()
        pieces.modelType = isUnigram ? .unigram : .bytePair
        pieces.addsDummyPrefix = file.addSpacePrefix ?? !isUnigram
        pieces.removesExtraSpaces = file.removeExtraSpaces ?? false
        pieces.characterMap = file.characterMap
        pieces.pieces = try Self.pieces(file)
        if let unknown = try file.checked(
            file.unknownID, "unknown_token_id", default: isUnigram ? 2 : 0)
        {
            pieces.pieces[Int(unknown)].type = .unknown
            pieces.unknownSurface = pieces.pieces[Int(unknown)].text
        }
        pieces.fallsBackToBytes = pieces.pieces.count(where: { $0.type == .byte }) == 256

        let model = try SentencePieceModel(pieces)
        var vocabulary = Vocabulary(usesByteAlphabet: false)
        vocabulary.reserveCapacity(pieces.pieces.count)
        for (index, piece) in pieces.pieces.enumerated() {
            vocabulary.insertModelToken(piece.text, id: Int32(index))
        }
        let added = Self.addedTokens(file, &vocabulary)
        self.init(vocabulary: vocabulary, model: .sentencePiece(model))
        decoder = Decoder([.sentencePiece(Self.stripping(pieces))])
        addedTokens = AddedTokenMatcher(added)
        bosID = try file.checked(file.bosID, "bos_token_id", default: isUnigram ? nil : 1)
        eosID = try file.checked(file.eosID, "eos_token_id", default: isUnigram ? 1 : 2)
        try surround(file, addsBOS: !isUnigram, addsEOS: isUnigram)
    }

    private static func pieces(_ file: GGUFVocabulary) throws(TokenizerError) -> [SentencePieceFile.Piece] {
        var pieces: [SentencePieceFile.Piece] = []
        pieces.reserveCapacity(file.tokens.count)
        for (index, token) in file.tokens.enumerated() {
            guard file.scores[index].isFinite else {
                throw GGUFVocabulary.error(
                    .outOfRange, "scores[\(index)]", found: "\(file.scores[index])",
                    expected: "a finite number", advice: TokenizerError.damagedFileAdvice)
            }
            let type: SentencePieceFile.PieceType =
                switch file.type(of: index) {
                case GGUFVocabulary.TokenType.unknown, GGUFVocabulary.TokenType.control: .control
                case GGUFVocabulary.TokenType.userDefined: .userDefined
                case GGUFVocabulary.TokenType.unused: .unused
                case GGUFVocabulary.TokenType.byte: .byte
                default: .normal
                }
            pieces.append(
                SentencePieceFile.Piece(text: Array(token.utf8), score: file.scores[index], type: type))
        }
        return pieces
    }
}

// MARK: - WordPiece

extension Tokenizer.Definition {
    /// GGUF marks the tokens that begin a word, with U+2581; the original marks those that do not, with "##".
    private init(wordPieces file: GGUFVocabulary) throws(TokenizerError) {
        let unknown = try file.checked(file.unknownID, "unknown_token_id", default: 100)
        guard let unknown else {
            throw GGUFVocabulary.error(
                .missingField, "unknown_token_id", found: "nothing", expected: "an id",
                advice: TokenizerError.damagedFileAdvice)
        }
        var special: [Int32] = []
        let tokens = file.tokens.indices.map { index in
            let token = Array(file.tokens[index].utf8)
            if file.type(of: index) == GGUFVocabulary.TokenType.control || Int32(index) == unknown {
                special.append(Int32(index))
                return token
            }
            let space = SentencePieceStripping.space
            if token.starts(with: space) { return Array(token.dropFirst(space.count)) }
            let isBracketed = token.first == UInt8(ascii: "[") && token.last == UInt8(ascii: "]")
            return isBracketed ? token : Array("##".utf8) + token
        }
        let lowercases = file.lowercases ?? true
        let json = PlainVocabulary.wordPieceJSON(
            tokens, special: special, unknown: tokens[Int(unknown)], lowercases: lowercases,
            stripsAccents: file.stripsAccents ?? lowercases)
        try self.init(tokenizerJSON: json, configJSON: nil)
        bosID = try file.checked(file.bosID, "bos_token_id", default: 101)
        eosID = try file.checked(file.eosID, "eos_token_id")
        let separator = try file.checked(file.separatorID, "seperator_token_id", default: 102)
        if file.addBOS ?? true {
            prefix = [try GGUFVocabulary.needed(bosID, "bos_token_id", "add_bos_token")]
        }
        if file.addSeparator ?? true {
            suffix = [try GGUFVocabulary.needed(separator, "seperator_token_id", "add_sep_token")]
        }
    }
}
