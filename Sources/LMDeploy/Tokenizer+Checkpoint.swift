package import Checkpoints
package import Tokenization

extension Tokenizer {
    /// The tokenizer that a checkpoint's files describe.
    package init(source: TokenizerSource) throws {
        switch source {
        case .huggingFace(let json, let configuration):
            try self.init(tokenizerJSON: json, tokenizerConfigJSON: configuration)
        case .sentencePiece(let model, let files):
            try self.init(sentencePiece: model, files: TokenizerFiles(files))
        case .tiktoken(let ranks, let name, let files):
            try self.init(tiktoken: ranks, name: name, files: TokenizerFiles(files))
        case .bytePair(let vocabulary, let merges, let files):
            try self.init(vocabJSON: vocabulary, merges: merges, files: TokenizerFiles(files))
        case .wordPiece(let vocabulary, let files):
            try self.init(vocabText: vocabulary, files: TokenizerFiles(files))
        case .gguf(let metadata):
            try self.init(vocabulary: GGUFVocabulary(metadata))
        }
    }
}

extension TokenizerFiles {
    fileprivate init(_ files: TokenizerSideFiles) {
        self.init(
            configuration: files.configuration, addedTokens: files.addedTokens,
            specialTokensMap: files.specialTokensMap)
    }
}

extension GGUFVocabulary {
    fileprivate init(_ metadata: GGUFTokenizerMetadata) {
        self.init(
            model: metadata.model, pre: metadata.pre ?? "default", tokens: metadata.tokens,
            types: metadata.types, scores: metadata.scores, merges: metadata.merges,
            bosID: metadata.bosTokenID, eosID: metadata.eosTokenID, unknownID: metadata.unknownTokenID,
            paddingID: metadata.paddingTokenID, separatorID: metadata.separatorTokenID,
            addBOS: metadata.addBOS, addEOS: metadata.addEOS, addSeparator: metadata.addSeparator,
            addSpacePrefix: metadata.addSpacePrefix, removeExtraSpaces: metadata.removeExtraWhitespaces,
            characterMap: metadata.precompiledCharsmap, lowercases: metadata.lowercases,
            stripsAccents: metadata.stripsAccents)
    }
}
