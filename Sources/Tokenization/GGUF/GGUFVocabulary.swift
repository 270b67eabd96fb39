/// The `tokenizer.ggml.*` metadata of a GGUF file.
package struct GGUFVocabulary: Sendable {
    /// `tokenizer.ggml.model`; "gpt2" is byte-level BPE.
    package var model: String
    /// `tokenizer.ggml.pre`, the name of the pre-tokenizer; "default" where the file has none.
    package var pre: String
    package var tokens: [String]
    /// Per token: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte.
    ///
    /// Empty: all normal.
    package var types: [Int32]
    package var scores: [Float]
    /// "left right", in order of rank.
    package var merges: [String]
    package var bosID: Int32?
    package var eosID: Int32?
    package var unknownID: Int32?
    package var paddingID: Int32?
    package var addBOS: Bool
    package var addEOS: Bool
    package var addSpacePrefix: Bool

    package init(
        model: String = "gpt2", pre: String = "default", tokens: [String], types: [Int32] = [],
        scores: [Float] = [], merges: [String] = [], bosID: Int32? = nil, eosID: Int32? = nil,
        unknownID: Int32? = nil, paddingID: Int32? = nil, addBOS: Bool = false, addEOS: Bool = false,
        addSpacePrefix: Bool = false
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
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSpacePrefix = addSpacePrefix
    }
}
