/// The JSON files that stand beside a `tokenizer.model`, a `*.tiktoken` file or a plain vocabulary.
package struct TokenizerFiles: Sendable {
    /// `tokenizer_config.json`.
    package var configuration: [UInt8]?
    /// `added_tokens.json`.
    package var addedTokens: [UInt8]?
    /// `special_tokens_map.json`.
    package var specialTokensMap: [UInt8]?

    package init(
        configuration: [UInt8]? = nil, addedTokens: [UInt8]? = nil, specialTokensMap: [UInt8]? = nil
    ) {
        self.configuration = configuration
        self.addedTokens = addedTokens
        self.specialTokensMap = specialTokensMap
    }
}
