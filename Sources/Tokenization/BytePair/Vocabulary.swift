/// The tokens of a model: text as the file spells it, raw bytes, and which ones are special.
struct Vocabulary: Sendable {
    /// Far above any model (the largest today have 262,144); bounds the tables a hostile file can ask for.
    static let idLimit: ClosedRange<Int32> = 0...((1 << 22) - 1)

    private var texts = ByteStrings()
    private var rawBytes = ByteStrings()
    private var specialIDs: Set<Int32> = []

    /// One above the largest id.
    var size: Int { texts.size }

    mutating func reserveCapacity(_ count: Int) {
        texts.reserveCapacity(count)
        rawBytes.reserveCapacity(count)
    }

    /// A token of the model.
    ///
    /// Its text is in the byte alphabet; one that is not can never be the result of a merge and decodes to
    /// its own UTF-8, as Hugging Face's ByteLevel decoder has it.
    mutating func insertModelToken(_ text: [UInt8], id: Int32) {
        texts.insert(text, id: id)
        let raw = ByteAlphabet.bytes(for: text)
        rawBytes.insert(raw ?? text, id: id, isFindable: raw != nil)
    }

    /// A token that only the added-token matcher produces.
    ///
    /// `decodedText` is what the decoder sees: the normalized text where the two differ.
    mutating func insertAddedToken(_ text: [UInt8], decodedText: [UInt8], id: Int32) {
        texts.insert(text, id: id)
        rawBytes.insert(ByteAlphabet.bytes(for: decodedText) ?? decodedText, id: id, isFindable: false)
    }

    mutating func markSpecial(_ id: Int32) {
        specialIDs.insert(id)
    }

    func isSpecial(_ id: Int32) -> Bool {
        specialIDs.contains(id)
    }

    func contains(_ id: Int32) -> Bool {
        texts[id] != nil
    }

    func text(of id: Int32) -> ArraySlice<UInt8>? {
        texts[id]
    }

    func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        rawBytes[id]
    }

    func id(ofText text: [UInt8]) -> Int32? {
        texts.id(of: text, in: 0..<text.count)
    }

    func id(ofText bytes: [UInt8], in range: Range<Int>) -> Int32? {
        texts.id(of: bytes, in: range)
    }

    /// The model token that stands for exactly these bytes.
    func id(ofBytes bytes: [UInt8], in range: Range<Int>) -> Int32? {
        rawBytes.id(of: bytes, in: range)
    }
}
