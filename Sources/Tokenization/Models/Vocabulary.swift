/// The tokens of a tokenizer: text as the file spells it, raw bytes, and which ones are special.
struct Vocabulary: Sendable {
    /// Far above any model (the largest today have 262,144); bounds the tables a hostile file can ask for.
    static let idLimit: ClosedRange<Int32> = 0...((1 << 22) - 1)

    /// The largest id that a model of so many tokens may have.
    ///
    /// Real ones have few gaps, and the tables are as long as the largest id, however small the file is.
    static func largestID(ofTokens count: Int) -> Int32 {
        Int32(min(1 << 16 + 2 * count, Int(idLimit.upperBound)))
    }

    /// A token that is found in the text itself.
    private struct Added {
        var text: [UInt8]
        /// What the decoder sees: the normalized text where the two differ.
        var decodedText: [UInt8]
        var rawBytes: [UInt8]
    }

    /// Whether tokens are spelled in the byte alphabet: "Ġhello".
    let usesByteAlphabet: Bool
    private var texts = ByteStrings()
    /// Empty without the byte alphabet.
    private var rawBytes = ByteStrings()
    /// By id; takes the place of a model token.
    private var added: [Int32: Added] = [:]
    private var addedIDs: [[UInt8]: Int32] = [:]
    private var specialIDs: Set<Int32> = []

    init(usesByteAlphabet: Bool = true) {
        self.usesByteAlphabet = usesByteAlphabet
    }

    /// One above the largest id.
    private(set) var size = 0

    /// How many tokens the model has.
    private(set) var modelTokenCount = 0

    mutating func reserveCapacity(_ count: Int) {
        texts.reserveCapacity(count)
        if usesByteAlphabet { rawBytes.reserveCapacity(count) }
    }

    /// A token of the model, under an id that has none.
    ///
    /// In the byte alphabet, a text that is not in it can never be the result of a merge and decodes to its
    /// own UTF-8, as Hugging Face's ByteLevel decoder has it.
    mutating func insertModelToken(_ text: [UInt8], id: Int32) {
        texts.insert(text, id: id)
        if usesByteAlphabet {
            let raw = ByteAlphabet.bytes(for: text)
            rawBytes.insert(raw ?? text, id: id, isFindable: raw != nil)
        }
        size = max(size, Int(id) + 1)
        modelTokenCount += 1
    }

    /// A token that is found in the text itself, be it a token of the model too or not.
    mutating func insertAddedToken(_ text: [UInt8], decodedText: [UInt8], id: Int32) {
        let raw = usesByteAlphabet ? ByteAlphabet.bytes(for: decodedText) : nil
        // Equal texts are held once.
        added[id] = Added(
            text: text, decodedText: decodedText,
            rawBytes: raw.flatMap { $0 == decodedText ? nil : $0 } ?? decodedText)
        addedIDs[text] = id
        size = max(size, Int(id) + 1)
    }

    mutating func markSpecial(_ id: Int32) {
        specialIDs.insert(id)
    }
}

// MARK: - Looking up

extension Vocabulary {
    func isSpecial(_ id: Int32) -> Bool {
        specialIDs.contains(id)
    }

    func contains(_ id: Int32) -> Bool {
        texts[id] != nil || added[id] != nil
    }

    func text(of id: Int32) -> ArraySlice<UInt8>? {
        added[id].map { $0.text[...] } ?? texts[id]
    }

    /// The token as the decoder gets it.
    func decodedText(of id: Int32) -> ArraySlice<UInt8>? {
        added[id].map { $0.decodedText[...] } ?? texts[id]
    }

    /// The bytes that a token in the byte alphabet stands for; the text of any other token.
    func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        if let added = added[id] { return added.rawBytes[...] }
        return usesByteAlphabet ? rawBytes[id] : texts[id]
    }

    /// The text of a token that the model makes words of.
    func modelText(of id: Int32) -> ArraySlice<UInt8>? {
        texts[id]
    }

    func id(ofText text: [UInt8]) -> Int32? {
        addedIDs[text] ?? texts.id(of: text, in: 0..<text.count)
    }

    /// The token of the model with this text.
    func id(ofText bytes: [UInt8], in range: Range<Int>) -> Int32? {
        texts.id(of: bytes, in: range)
    }

    /// The token of the model that stands for exactly these bytes.
    func id(ofBytes bytes: [UInt8], in range: Range<Int>) -> Int32? {
        usesByteAlphabet ? rawBytes.id(of: bytes, in: range) : texts.id(of: bytes, in: range)
    }
}
