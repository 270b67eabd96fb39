/// A SentencePiece vocabulary: text is prepared, then cut into pieces.
struct SentencePieceModel: Sendable {
    enum Prefixing: Sendable {
        /// Every stretch of text between special tokens gets the space before it.
        case everySegment
        /// Only text that begins the whole text.
        case textStart
    }

    enum Kind: Sendable {
        case unigram(UnigramModel)
        case bytePair(TextMergeModel)
    }

    let kind: Kind
    let normalizer: SentencePieceNormalizer
    var prefixing = Prefixing.everySegment

    init(_ file: SentencePieceFile) throws(TokenizerError) {
        var normalizer = SentencePieceNormalizer()
        if !file.characterMap.isEmpty {
            normalizer.characterMap = try CharacterMap(
                file.characterMap, field: "tokenizer.model: normalizer_spec.precompiled_charsmap")
        }
        normalizer.addsDummyPrefix = file.addsDummyPrefix
        normalizer.removesExtraSpaces = file.removesExtraSpaces
        normalizer.escapesSpaces = file.escapesSpaces
        normalizer.treatsSpaceAsSuffix = file.treatsSpaceAsSuffix
        var symbols: [(key: [UInt8], value: Int32)] = []
        for (id, piece) in file.pieces.enumerated() where piece.type == .userDefined && !piece.text.isEmpty {
            symbols.append((piece.text, Int32(id)))
        }
        normalizer.userDefined = ByteTrie(symbols)
        self.normalizer = normalizer

        let unknown = file.pieces.firstIndex { $0.type == .unknown }.map { Int32($0) }
        switch file.modelType {
        case .bytePair:
            kind = .bytePair(
                try TextMergeModel(file, unknownID: unknown, userDefined: normalizer.userDefined))
        default:
            kind = .unigram(
                try UnigramModel(
                    pieces: file.pieces.lazy.map(Self.unigramPiece),
                    scores: file.pieces.map { Double($0.score) }, unknownID: unknown,
                    byteFallback: file.fallsBackToBytes, flavor: .sentencePiece,
                    field: "tokenizer.model: pieces"))
        }
    }

    func encode(
        _ bytes: [UInt8], in range: Range<Int>, beginsText: Bool, into session: inout EncodingSession
    ) {
        let text = normalizer.normalize(
            bytes, in: range, prefixes: prefixing == .everySegment || beginsText)
        switch kind {
        case .unigram(let model): model.encode(text, in: 0..<text.count, into: &session.ids)
        case .bytePair(let model): model.encodeText(text, into: &session)
        }
    }

    private static func unigramPiece(_ piece: SentencePieceFile.Piece) -> UnigramModel.Piece {
        let kind: UnigramModel.Kind =
            switch piece.type {
            case .normal: .normal
            case .userDefined: .userDefined
            case .unknown, .control, .unused, .byte: .hidden
            }
        return UnigramModel.Piece(bytes: piece.text[...], kind: kind)
    }
}
