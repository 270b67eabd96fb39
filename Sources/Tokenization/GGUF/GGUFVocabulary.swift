/// The `tokenizer.ggml.*` metadata of a GGUF file.
package struct GGUFVocabulary: Sendable {
    /// `tokenizer.ggml.model`: "gpt2" (byte-level BPE), "llama" (SentencePiece BPE), "t5" (Unigram), "bert"
    /// (WordPiece).
    package var model: String
    /// `tokenizer.ggml.pre`, the name of the pre-tokenizer; "default" where the file has none.
    package var pre: String
    package var tokens: [String]
    /// Per token: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte.
    ///
    /// Empty: all normal.
    package var types: [Int32]
    /// Per token; empty where the file has none.
    package var scores: [Float]
    /// "left right", in order of rank.
    package var merges: [String]
    package var bosID: Int32?
    package var eosID: Int32?
    package var unknownID: Int32?
    package var paddingID: Int32?
    package var separatorID: Int32?
    /// What follows is nil where the file does not say; the kind of vocabulary then decides.
    package var addBOS: Bool?
    package var addEOS: Bool?
    package var addSeparator: Bool?
    package var addSpacePrefix: Bool?
    package var removeExtraSpaces: Bool?
    /// SentencePiece's compiled normalization table.
    package var characterMap: [UInt8]
    package var lowercases: Bool?
    package var stripsAccents: Bool?

    package init(
        model: String = "gpt2", pre: String = "default", tokens: [String], types: [Int32] = [],
        scores: [Float] = [], merges: [String] = [], bosID: Int32? = nil, eosID: Int32? = nil,
        unknownID: Int32? = nil, paddingID: Int32? = nil, separatorID: Int32? = nil, addBOS: Bool? = nil,
        addEOS: Bool? = nil, addSeparator: Bool? = nil, addSpacePrefix: Bool? = nil,
        removeExtraSpaces: Bool? = nil, characterMap: [UInt8] = [], lowercases: Bool? = nil,
        stripsAccents: Bool? = nil
    ) {
        self.model = model
        self.pre = pre
        self.tokens = tokens
        self.types = types
        self.scores = scores
        self.merges = merges
        self.bosID = bosID
        self.eosID = eosID
        self.unknownID = unknownID
        self.paddingID = paddingID
        self.separatorID = separatorID
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSeparator = addSeparator
        self.addSpacePrefix = addSpacePrefix
        self.removeExtraSpaces = removeExtraSpaces
        self.characterMap = characterMap
        self.lowercases = lowercases
        self.stripsAccents = stripsAccents
    }
}
