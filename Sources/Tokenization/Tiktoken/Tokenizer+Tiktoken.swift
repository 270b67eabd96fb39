extension Tokenizer {
    /// Reads a file of ranks.
    ///
    /// - Parameters:
    ///   - name: The file's name, which says whose expression and special tokens belong to it:
    ///     `qwen.tiktoken`, `cl100k_base.tiktoken`, Llama 3's `tokenizer.model`.
    ///   - pattern: Takes the place of that expression, in the grammar of Rust's `regex`.
    package init(
        tiktoken: [UInt8], name: String, pattern: String? = nil, files: TokenizerFiles = TokenizerFiles()
    ) throws(TokenizerError) {
        var encoding = TiktokenEncoding.named(name)
        if let pattern { encoding.expression = .other(pattern) }
        self.init(
            definition: try Definition(
                TiktokenFile(tiktoken, name: name), encoding, SpecialTokens(files), name: name))
    }
}

extension Tokenizer.Definition {
    fileprivate init(
        _ file: TiktokenFile, _ encoding: TiktokenEncoding, _ tokens: SpecialTokens, name: String
    ) throws(TokenizerError) {
        var vocabulary = Vocabulary(usesByteAlphabet: true)
        vocabulary.reserveCapacity(file.ids.count)
        var ranks = [UInt32](repeating: .max, count: file.tokens.size)
        for id in file.ids {
            vocabulary.insertModelToken(ByteAlphabet.text(for: file.tokens[id] ?? []), id: id)
            ranks[Int(id)] = UInt32(id)
        }
        var others: [Int32: [UInt8]] = [:]
        // Files that say what is added leave nothing to the kind.
        if tokens.added.isEmpty {
            for (offset, text) in encoding.special.enumerated() {
                others[Int32(file.tokens.size + offset)] = Array(text.utf8)
            }
            for (text, id) in encoding.specialIDs where file.tokens[id] == nil {
                others[id] = Array(text.utf8)
            }
        }
        let added = try tokens.enter(into: &vocabulary, others: others)
        var options = TextMergeModel.Options()
        options.takesWholeWords = true
        self.init(
            vocabulary: vocabulary,
            model: .textMerge(TextMergeModel(pieces: file.tokens, ranks: ranks, options: options)))
        switch encoding.expression {
        case .known(let pattern):
            preTokenizer = PreTokenizer(stages: [.pattern(pattern)])
        case .other(let source):
            let pattern = try Pattern(source, dialect: .rust, field: "\(name): pattern")
            preTokenizer = PreTokenizer(
                stages: [.split(.expression(pattern), .removed, isInverted: true)])
        }
        if encoding.normalizes { normalizer = Normalizer([.form(.nfc)]) }
        addedTokens = AddedTokenMatcher(added)
        bosID = try vocabulary.id(ofText: tokens.content("bos_token") ?? Array((encoding.bos ?? "").utf8))
        eosID = try vocabulary.id(ofText: tokens.content("eos_token") ?? Array((encoding.eos ?? "").utf8))
        if try tokens.flag("add_bos_token") ?? (encoding.bos != nil), let bosID { prefix = [bosID] }
        if try tokens.flag("add_eos_token") ?? false, let eosID { suffix = [eosID] }
    }
}
