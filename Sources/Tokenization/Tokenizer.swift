/// Text to token ids and back, as the model's own tokenizer does it.
///
/// A value is immutable and cheap to copy; any number of threads may use one at the same time.
package struct Tokenizer: Sendable {
    /// What the file formats are read into.
    struct Definition: Sendable {
        /// All tokens: those of the model and those that are found in the text itself.
        var vocabulary: Vocabulary
        var normalizer = Normalizer()
        var preTokenizer = PreTokenizer(stages: [])
        var model: TokenizerModel
        var decoder = Decoder([.byteLevel])
        /// Looked for in the text as it is, and in the normalized text.
        var addedTokens = AddedTokenMatcher([])
        var normalizedAddedTokens = AddedTokenMatcher([])
        var bosID: Int32?
        var eosID: Int32?
        /// What surrounds a text that is encoded with special tokens.
        var prefix: [Int32] = []
        var suffix: [Int32] = []
    }

    /// One reference instead of two dozen arrays, so that copies are cheap.
    private final class Storage: Sendable {
        let definition: Definition

        init(_ definition: Definition) {
            self.definition = definition
        }
    }

    private let storage: Storage

    /// Reads a Hugging Face `tokenizer.json`; `tokenizerConfigJSON` (`tokenizer_config.json`) names the
    /// begin and end of sequence tokens, which `tokenizer.json` does not.
    package init(
        tokenizerJSON: [UInt8], tokenizerConfigJSON: [UInt8]? = nil
    ) throws(TokenizerError) {
        let definition = try Definition(tokenizerJSON: tokenizerJSON, configJSON: tokenizerConfigJSON)
        storage = Storage(definition)
    }

    package init(vocabulary: GGUFVocabulary) throws(TokenizerError) {
        self.init(definition: try Definition(vocabulary: vocabulary))
    }

    init(definition: Definition) {
        storage = Storage(definition)
    }

    var definition: Definition { storage.definition }
    private var vocabulary: Vocabulary { definition.vocabulary }
}

// MARK: - Vocabulary

extension Tokenizer {
    /// One above the largest id; a model may have more rows than this (padding).
    package var vocabularySize: Int { vocabulary.size }

    package var bosID: Int32? { definition.bosID }
    package var eosID: Int32? { definition.eosID }

    /// The token as the vocabulary spells it, in the byte alphabet: "Ġhello".
    package func text(of id: Int32) -> String? {
        vocabulary.text(of: id).map { String(decoding: $0, as: UTF8.self) }
    }

    package func id(of token: String) -> Int32? {
        vocabulary.id(ofText: Array(token.utf8))
    }

    /// The bytes that `id` stands for, possibly part of a character only.
    ///
    /// Empty outside the vocabulary.
    package func bytes(of id: Int32) -> [UInt8] {
        guard let token = vocabulary.decodedText(of: id) else { return [] }
        return definition.decoder.isByteLevel
            ? vocabulary.bytes(of: id).map(Array.init) ?? [] : definition.decoder.bytes(of: token)
    }

    /// Whether `id` steers the model (begin, end, roles) instead of standing for text.
    package func isSpecial(_ id: Int32) -> Bool {
        vocabulary.isSpecial(id)
    }
}

// MARK: - Encoding and decoding

extension Tokenizer {
    /// - Parameters:
    ///   - addSpecialTokens: Add what the model expects around a text, such as the begin token.
    ///   - parseSpecialTokens: Special tokens that are spelled out in `text` become their ids; otherwise
    ///     they are text like any other (for text from outside). Added tokens that are not special are
    ///     always recognised.
    package func encode(
        _ text: String, addSpecialTokens: Bool, parseSpecialTokens: Bool = true
    ) -> [Int32] {
        encode(validated: Array(text.utf8), addSpecialTokens, parseSpecialTokens)
    }

    /// Encodes text that may not be UTF-8: what is not becomes U+FFFD, one for every maximal part of a
    /// character, as Python's `errors="replace"` and the Unicode standard (3.9, table 3-8) have it.
    package func encode(
        utf8 bytes: [UInt8], addSpecialTokens: Bool, parseSpecialTokens: Bool = true
    ) -> [Int32] {
        encode(
            validated: Array(String(decoding: bytes, as: UTF8.self).utf8), addSpecialTokens,
            parseSpecialTokens)
    }

    /// Bytes that are not UTF-8 become U+FFFD; ids outside the vocabulary stand for nothing.
    package func decode(_ ids: [Int32], skipSpecialTokens: Bool = true) -> String {
        var detokenizer = StreamingDetokenizer(self, skipSpecialTokens: skipSpecialTokens)
        return detokenizer.appendAll(ids)
    }
}

// MARK: - Internals

extension Tokenizer {
    private func encode(
        validated bytes: [UInt8], _ addSpecialTokens: Bool, _ parseSpecialTokens: Bool
    ) -> [Int32] {
        let definition = definition
        var session = EncodingSession(byteCount: bytes.count)
        if addSpecialTokens { session.ids += definition.prefix }
        definition.addedTokens.forEachSegment(
            of: bytes, in: 0..<bytes.count, includingSpecial: parseSpecialTokens
        ) { segment in
            switch segment {
            case .token(let id): session.ids.append(id)
            case .text(let range):
                definition.encodeSegment(bytes, range, parseSpecialTokens, into: &session)
            }
        }
        if addSpecialTokens { session.ids += definition.suffix }
        return session.ids
    }
}

extension Tokenizer.Definition {
    fileprivate func encodeSegment(
        _ bytes: [UInt8], _ range: Range<Int>, _ includingSpecial: Bool, into session: inout EncodingSession
    ) {
        let beginsText = range.lowerBound == 0
        if let normalized = normalizer.normalize(bytes, in: range) {
            encodeNormalized(
                normalized.bytes, 0..<normalized.bytes.count, beginsText: beginsText && normalized.keepsStart,
                includingSpecial, into: &session)
        } else {
            encodeNormalized(bytes, range, beginsText: beginsText, includingSpecial, into: &session)
        }
    }

    private func encodeNormalized(
        _ bytes: [UInt8], _ range: Range<Int>, beginsText: Bool, _ includingSpecial: Bool,
        into session: inout EncodingSession
    ) {
        normalizedAddedTokens.forEachSegment(
            of: bytes, in: range, includingSpecial: includingSpecial
        ) { segment in
            switch segment {
            case .token(let id): session.ids.append(id)
            case .text(let text):
                preTokenizer.encodeWords(
                    of: bytes, in: text, beginsText: beginsText && text.lowerBound == range.lowerBound,
                    by: model, into: &session)
            }
        }
    }
}
