extension Tokenizer {
    /// Reads GPT-2's `vocab.json` and `merges.txt`.
    package init(
        vocabJSON: [UInt8], merges: [UInt8], files: TokenizerFiles = TokenizerFiles()
    ) throws(TokenizerError) {
        _ = try JSONField.root(of: vocabJSON, file: "vocab.json").object()
        try Self.checkText(merges, "merges.txt")
        let tokens = try SpecialTokens(files)
        let json = PlainVocabulary.bytePairJSON(
            vocab: vocabJSON, merges: merges, addsPrefixSpace: try tokens.flag("add_prefix_space") ?? false)
        try self.init(json, tokens)
    }

    /// Reads BERT's `vocab.txt`.
    package init(vocabText: [UInt8], files: TokenizerFiles = TokenizerFiles()) throws(TokenizerError) {
        try Self.checkText(vocabText, "vocab.txt")
        var lines = vocabText.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let vocabulary = lines.map { Array($0.last == 0x0D ? $0.dropLast() : $0) }
        let tokens = try SpecialTokens(files)
        var special: [Int32] = []
        var names: [String: [UInt8]] = [:]
        for (role, name) in [
            ("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"),
            ("mask_token", "[MASK]"),
        ] {
            let content = try tokens.content(role) ?? Array(name.utf8)
            names[role] = content
            if let id = vocabulary.lastIndex(of: content) { special.append(Int32(id)) }
        }
        let json = PlainVocabulary.wordPieceJSON(
            vocabulary, special: special, unknown: names["unk_token"] ?? [],
            lowercases: try tokens.flag("do_lower_case") ?? true,
            stripsAccents: try tokens.flag("strip_accents"),
            splitsChinese: try tokens.flag("tokenize_chinese_chars") ?? true)
        var definition = try Definition(tokenizerJSON: json, configJSON: nil)
        let ids = try ["cls_token", "sep_token"].map { (role) throws(TokenizerError) -> Int32 in
            guard let id = definition.vocabulary.id(ofText: names[role] ?? []) else {
                throw TokenizerError(
                    .missingField, field: "vocab.txt", found: "no \(TokenizerError.quote(names[role] ?? []))",
                    expected: "the token that stands at the ends of a text",
                    advice: TokenizerError.damagedFileAdvice)
            }
            return id
        }
        (definition.prefix, definition.suffix) = ([ids[0]], [ids[1]])
        try definition.add(tokens)
        self.init(definition: definition)
    }

    private init(_ json: [UInt8], _ tokens: SpecialTokens) throws(TokenizerError) {
        var definition = try Definition(tokenizerJSON: json, configJSON: nil)
        try definition.add(tokens)
        if try tokens.flag("add_bos_token") == true, let bosID = definition.bosID {
            definition.prefix = [bosID]
        }
        self.init(definition: definition)
    }

    private static func checkText(_ bytes: [UInt8], _ file: String) throws(TokenizerError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TokenizerError(
                .inconsistent, field: file, found: "bytes that are not UTF-8", expected: "text",
                advice: TokenizerError.damagedFileAdvice)
        }
    }
}

extension Tokenizer.Definition {
    /// Adds what the files beside the vocabulary name, to the tokens that are looked for in text.
    fileprivate mutating func add(_ tokens: SpecialTokens) throws(TokenizerError) {
        let added = try tokens.enter(into: &vocabulary)
        let ids = Set(added.map(\.id))
        let known = vocabulary
        addedTokens = AddedTokenMatcher(addedTokens.tokens.filter { !ids.contains($0.id) } + added)
        if let bos = try tokens.content("bos_token") { bosID = known.id(ofText: bos) }
        if let eos = try tokens.content("eos_token") { eosID = known.id(ofText: eos) }
    }
}
