extension Tokenizer {
    /// Reads a SentencePiece `tokenizer.model`.
    ///
    /// Without the files beside it, begin, end and unknown token are the model's own and a text begins with
    /// the begin token, as Llama's tokenizer has it.
    package init(sentencePiece: [UInt8], files: TokenizerFiles = TokenizerFiles()) throws(TokenizerError) {
        self.init(definition: try Definition(sentencePiece: sentencePiece, files: files))
    }
}

extension Tokenizer.Definition {
    init(sentencePiece bytes: [UInt8], files: TokenizerFiles) throws(TokenizerError) {
        var file = try SentencePieceFile(bytes)
        let tokens = try SpecialTokens(files)
        let isLegacy = try tokens.flag("legacy") ?? true
        if let prefixes = try tokens.flag("add_prefix_space"), !isLegacy { file.addsDummyPrefix = prefixes }
        var model = try SentencePieceModel(file)
        model.prefixing = isLegacy ? .everySegment : .textStart
        try self.init(model, file, tokens)
    }

    /// - Parameter file: The pieces by id.
    init(
        _ model: SentencePieceModel, _ file: SentencePieceFile, _ tokens: SpecialTokens
    ) throws(TokenizerError) {
        var vocabulary = Vocabulary(usesByteAlphabet: false)
        vocabulary.reserveCapacity(file.pieces.count)
        var others: [Int32: [UInt8]] = [:]
        for (index, piece) in file.pieces.enumerated() {
            let id = Int32(index)
            vocabulary.insertModelToken(piece.text, id: id)
            switch piece.type {
            case .control:
                vocabulary.insertAddedToken(piece.text, decodedText: [], id: id)
                vocabulary.markSpecial(id)
            case .unknown:
                vocabulary.insertAddedToken(piece.text, decodedText: file.unknownSurface, id: id)
                vocabulary.markSpecial(id)
            case .normal, .userDefined, .unused, .byte: break
            }
        }
        let names = ["bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"]
        var roles: [String: Int32] = [:]
        for (role, name) in names {
            let content = try tokens.content(role) ?? Array(name.utf8)
            let added = tokens.added.first { $0.value.content == content }?.key
            guard let id = added ?? vocabulary.id(ofText: content) else { continue }
            roles[role] = id
            if role != "unk_token" { others[id] = content }
        }
        let added = try Self.enter(tokens, others, file, &vocabulary)
        self.init(vocabulary: vocabulary, model: .sentencePiece(model))
        decoder = Decoder([.sentencePiece(Self.stripping(file))])
        addedTokens = AddedTokenMatcher(added)
        (bosID, eosID) = (roles["bos_token"], roles["eos_token"])
        let isT5 = try tokens.text("tokenizer_class")?.hasPrefix("T5") == true
        if try tokens.flag("add_bos_token") ?? !isT5, let bosID { prefix = [bosID] }
        if try tokens.flag("add_eos_token") ?? isT5, let eosID { suffix = [eosID] }
    }

    static func stripping(_ file: SentencePieceFile) -> SentencePieceStripping {
        if file.removesExtraSpaces { return .leading }
        return file.addsDummyPrefix ? .first : .none
    }

    /// Enters the special tokens; the unknown piece is found in text but keeps what it is decoded to, and
    /// control pieces that no file names keep being invisible.
    private static func enter(
        _ tokens: SpecialTokens, _ others: [Int32: [UInt8]], _ file: SentencePieceFile,
        _ vocabulary: inout Vocabulary
    ) throws(TokenizerError) -> [AddedToken] {
        var added = try tokens.enter(into: &vocabulary, others: others)
        for token in added where file.pieces.indices.contains(Int(token.id)) {
            let piece = file.pieces[Int(token.id)]
            guard piece.type == .unknown || (piece.type == .control && tokens.added[token.id] == nil) else {
                continue
            }
            vocabulary.insertAddedToken(
                token.pattern, decodedText: piece.type == .unknown ? file.unknownSurface : [], id: token.id)
        }
        if let unknown = file.pieces.firstIndex(where: { $0.type == .unknown }),
            !file.pieces[unknown].text.isEmpty, !added.contains(where: { $0.id == Int32(unknown) })
        {
            added.append(
                AddedToken(id: Int32(unknown), pattern: file.pieces[unknown].text, isSpecial: true))
        }
        return added
    }
}
