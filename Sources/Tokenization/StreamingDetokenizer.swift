/// Turns a stream of ids into text as it arrives, and holds back what later ids may still change: the
/// beginning of a character, a run of byte tokens, a space that may be stripped.
///
/// All returned text together equals `Tokenizer.decode` of all ids.
package struct StreamingDetokenizer: Sendable {
    /// Events of a whole stream that go through the decoder together: enough to forget the cost of a call,
    /// few enough to stay in the level-2 cache.
    private static let batch = 2048

    private let tokenizer: Tokenizer
    private let skipSpecialTokens: Bool
    /// With the decoder of byte-level BPE alone, which is most of them: the bytes of an unfinished character.
    private var pending: [UInt8] = []
    /// With any other decoder.
    private var state: DecoderState?

    package init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        self.skipSpecialTokens = skipSpecialTokens
        let decoder = tokenizer.definition.decoder
        state = decoder.isByteLevel ? nil : DecoderState(decoder)
    }

    /// The text that `id` completes; empty while nothing is certain.
    package mutating func append(_ id: Int32) -> String {
        add(id)
        return takeText()
    }

    /// What was held back: U+FFFD when the stream ended inside a character.
    package mutating func finish() -> String {
        guard state == nil else {
            state?.finish()
            return takeText()
        }
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll()
        return text
    }

    /// The text of a whole stream.
    mutating func appendAll(_ ids: [Int32]) -> String {
        if state == nil {
            pending.reserveCapacity(ids.count * 4)
            for id in ids { add(id) }
        } else {
            let vocabulary = tokenizer.definition.vocabulary
            var events: [DecoderState.Event] = []
            for id in ids {
                guard let token = decodedText(of: id, vocabulary) else { continue }
                events.append(.text(token))
                events.append(.end)
                if events.count >= Self.batch {
                    state?.append(events)
                    events.removeAll(keepingCapacity: true)
                }
            }
            state?.append(events)
        }
        let text = takeText()
        return text + finish()
    }

    // MARK: - Internals

    private mutating func add(_ id: Int32) {
        let vocabulary = tokenizer.definition.vocabulary
        if state != nil {
            if let token = decodedText(of: id, vocabulary) { state?.append(token) }
        } else if !(skipSpecialTokens && vocabulary.isSpecial(id)), let token = vocabulary.bytes(of: id) {
            pending.append(contentsOf: token)
        }
    }

    /// What the decoder gets of a token; nil when it does not see it at all.
    private func decodedText(of id: Int32, _ vocabulary: Vocabulary) -> ArraySlice<UInt8>? {
        guard skipSpecialTokens, vocabulary.isSpecial(id) else { return vocabulary.decodedText(of: id) }
        // To SentencePiece a control piece is an empty one, which still ends a run of bytes.
        return tokenizer.definition.decoder.seesSkippedTokens ? [] : nil
    }

    private mutating func takeText() -> String {
        state == nil ? UTF8Prefix.takeComplete(from: &pending) : state?.takeText() ?? ""
    }
}
