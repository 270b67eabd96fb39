/// Text to token ids and back, as the model's own tokenizer does it.
///
/// A value is immutable and cheap to copy; any number of threads may use one at the same time.
package struct Tokenizer: Sendable {
    /// What the two file formats are read into.
    struct Definition: Sendable {
        var model: BytePairModel
        var preTokenizer: PreTokenizer
        /// Whether text is brought to Unicode normalization form C first.
        var normalizes = false
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
        storage = Storage(try Definition(vocabulary: vocabulary))
    }

    private var definition: Definition { storage.definition }
    private var vocabulary: Vocabulary { definition.model.vocabulary }
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
        vocabulary.bytes(of: id).map(Array.init) ?? []
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
        let bytes = Array(text.utf8)
        let definition = definition
        var session = BytePairSession(byteCount: bytes.count)
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

    /// Bytes that are not UTF-8 become U+FFFD; ids outside the vocabulary stand for nothing.
    package func decode(_ ids: [Int32], skipSpecialTokens: Bool = true) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * 4)
        for id in ids { append(id, skipSpecialTokens: skipSpecialTokens, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(_ id: Int32, skipSpecialTokens: Bool, to bytes: inout [UInt8]) {
        if skipSpecialTokens, vocabulary.isSpecial(id) { return }
        if let token = vocabulary.bytes(of: id) { bytes.append(contentsOf: token) }
    }
}

// MARK: - Internals

extension Tokenizer.Definition {
    fileprivate func encodeSegment(
        _ bytes: [UInt8], _ range: Range<Int>, _ includingSpecial: Bool, into session: inout BytePairSession
    ) {
        if normalizes, let normalized = CanonicalComposer.shared.compose(bytes, in: range) {
            encodeNormalized(normalized, 0..<normalized.count, includingSpecial, into: &session)
        } else {
            encodeNormalized(bytes, range, includingSpecial, into: &session)
        }
    }

    private func encodeNormalized(
        _ bytes: [UInt8], _ range: Range<Int>, _ includingSpecial: Bool, into session: inout BytePairSession
    ) {
        normalizedAddedTokens.forEachSegment(
            of: bytes, in: range, includingSpecial: includingSpecial
        ) { segment in
            switch segment {
            case .token(let id): session.ids.append(id)
            case .text(let range): preTokenizer.encodeWords(of: bytes, in: range, by: model, into: &session)
            }
        }
    }
}
