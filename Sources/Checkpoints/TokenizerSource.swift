/// Where a checkpoint's tokenizer comes from, in the form the checkpoint stores it.
package enum TokenizerSource: Sendable {
    case gguf(GGUFTokenizerMetadata)
    /// The bytes of `tokenizer.json` and, where the folder has it, `tokenizer_config.json`.
    case huggingFace(tokenizerJSON: [UInt8], tokenizerConfigJSON: [UInt8]?)
    /// A SentencePiece `tokenizer.model`.
    case sentencePiece(model: [UInt8], files: TokenizerSideFiles)
    /// A file of ranks, as tiktoken writes it; its name says whose it is.
    case tiktoken(ranks: [UInt8], name: String, files: TokenizerSideFiles)
    /// GPT-2's `vocab.json` and `merges.txt`.
    case bytePair(vocabJSON: [UInt8], merges: [UInt8], files: TokenizerSideFiles)
    /// BERT's `vocab.txt`.
    case wordPiece(vocabText: [UInt8], files: TokenizerSideFiles)
}

/// The JSON files that say more about a vocabulary than it does itself.
package struct TokenizerSideFiles: Sendable {
    /// `tokenizer_config.json`.
    package var configuration: [UInt8]?
    /// `added_tokens.json`.
    package var addedTokens: [UInt8]?
    /// `special_tokens_map.json`.
    package var specialTokensMap: [UInt8]?
}

/// The `tokenizer.ggml.*` metadata of a GGUF file.
package struct GGUFTokenizerMetadata: Sendable, Equatable {
    /// "gpt2" (byte-level BPE), "llama" (SentencePiece BPE), ...
    package var model: String
    /// The name of the pre-tokenizer, for example "smollm", "llama-bpe" or "qwen2".
    package var pre: String?
    package var tokens: [String]
    /// 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte; empty when the file has none.
    package var types: [Int32]
    /// Empty when the file has none.
    package var scores: [Float]
    /// "left right" pairs by rank; empty when the file has none.
    package var merges: [String]
    package var bosTokenID: Int32?
    package var eosTokenID: Int32?
    package var unknownTokenID: Int32?
    package var paddingTokenID: Int32?
    package var separatorTokenID: Int32?
    package var addBOS: Bool?
    package var addEOS: Bool?
    package var addSeparator: Bool?
    package var addSpacePrefix: Bool?
    package var removeExtraWhitespaces: Bool?
    /// SentencePiece's compiled normalization table; empty when the file has none.
    package var precompiledCharsmap: [UInt8]
    package var lowercases: Bool?
    package var stripsAccents: Bool?

    package init(
        model: String,
        pre: String? = nil,
        tokens: [String],
        types: [Int32] = [],
        scores: [Float] = [],
        merges: [String] = [],
        bosTokenID: Int32? = nil,
        eosTokenID: Int32? = nil,
        unknownTokenID: Int32? = nil,
        paddingTokenID: Int32? = nil,
        separatorTokenID: Int32? = nil,
        addBOS: Bool? = nil,
        addEOS: Bool? = nil,
        addSeparator: Bool? = nil,
        addSpacePrefix: Bool? = nil,
        removeExtraWhitespaces: Bool? = nil,
        precompiledCharsmap: [UInt8] = [],
        lowercases: Bool? = nil,
        stripsAccents: Bool? = nil
    ) {
        self.model = model
        self.pre = pre
        self.tokens = tokens
        self.types = types
        self.scores = scores
        self.merges = merges
        self.bosTokenID = bosTokenID
        self.eosTokenID = eosTokenID
        self.unknownTokenID = unknownTokenID
        self.paddingTokenID = paddingTokenID
        self.separatorTokenID = separatorTokenID
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSeparator = addSeparator
        self.addSpacePrefix = addSpacePrefix
        self.removeExtraWhitespaces = removeExtraWhitespaces
        self.precompiledCharsmap = precompiledCharsmap
        self.lowercases = lowercases
        self.stripsAccents = stripsAccents
    }
}
