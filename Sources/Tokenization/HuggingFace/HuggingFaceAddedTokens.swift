/// The tokens that are found in the text itself: `added_tokens` of a `tokenizer.json` and what
/// `tokenizer_config.json` adds to them.
struct HuggingFaceAddedTokens {
    struct Entry: Equatable {
        let content: [UInt8]
        var isSpecial = false
        var isNormalized = true
        var stripsLeft = false
        var stripsRight = false
        var isSingleWord = false
    }

    private let vocabulary: Vocabulary
    private var ids: [[UInt8]: Int32] = [:]
    private(set) var entries: [Int32: Entry] = [:]
    /// Once special, a text stays special.
    private var specialTexts: Set<[UInt8]> = []

    init(_ field: JSONField?, vocabulary: Vocabulary) throws(TokenizerError) {
        self.vocabulary = vocabulary
        guard let field else { return }
        var next = firstFreeID
        for element in try field.elements() {
            // Only checked: see `add`.
            _ = try element.required("id").tokenID()
            add(try Self.entry(element, isNormalized: true), &next)
        }
    }

    /// - Parameter isNormalized: Where the field does not say it; nil: as tokens that are not special.
    static func entry(_ field: JSONField, isNormalized: Bool?) throws(TokenizerError) -> Entry {
        let isSpecial = try field.flag("special", default: false)
        return Entry(
            content: Array(try field.required("content").bytes()), isSpecial: isSpecial,
            isNormalized: try field.flag("normalized", default: isNormalized ?? !isSpecial),
            stripsLeft: try field.flag("lstrip", default: false),
            stripsRight: try field.flag("rstrip", default: false),
            isSingleWord: try field.flag("single_word", default: false))
    }

    func entry(_ content: [UInt8]) -> Entry? {
        ids[content].flatMap { entries[$0] }
    }

    func id(of content: [UInt8]) -> Int32? {
        ids[content] ?? vocabulary.id(ofText: content)
    }

    /// Adds tokens or changes their properties.
    mutating func add(_ new: [Entry]) {
        var next = firstFreeID
        for entry in new { add(entry, &next) }
    }

    /// Makes a token special that the model or the file has; others stay unknown.
    mutating func makeSpecial(_ content: [UInt8]) {
        guard !content.isEmpty, let id = id(of: content) else { return }
        var entry = entry(content) ?? Entry(content: content, isNormalized: false)
        entry.isSpecial = true
        ids[content] = id
        entries[id] = entry
        specialTexts.insert(content)
    }

    /// A token that the model does not have gets the next free id, counted from the number of the model's
    /// tokens, whatever the file says: so Hugging Face's loader does, and so the ids were when the model ran.
    private var firstFreeID: Int32 {
        let modelCount = Int32(vocabulary.modelTokenCount)
        let largest = entries.keys.max() ?? -1
        return largest >= modelCount || modelCount == 0 ? largest + 1 : modelCount
    }

    private mutating func add(_ entry: Entry, _ next: inout Int32) {
        guard !entry.content.isEmpty else { return }
        let known = id(of: entry.content)
        let id = known ?? next
        if known == nil { next += 1 }
        ids[entry.content] = id
        entries[id] = entry
        if entry.isSpecial { specialTexts.insert(entry.content) }
    }

    /// The tokens to look for, and a vocabulary that has all of them.
    func finish(_ normalizer: Normalizer) -> (tokens: [AddedToken], vocabulary: Vocabulary) {
        var vocabulary = vocabulary
        var tokens: [AddedToken] = []
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let content = entry.content
            let normalized =
                entry.isNormalized ? normalizer.normalize(content, in: 0..<content.count)?.bytes : nil
            let pattern = normalized ?? content
            if pattern != content || vocabulary.id(ofText: content) != id {
                vocabulary.insertAddedToken(content, decodedText: pattern, id: id)
            }
            if specialTexts.contains(pattern) { vocabulary.markSpecial(id) }
            // A token that is normalized away is found nowhere.
            guard !pattern.isEmpty else { continue }
            tokens.append(
                AddedToken(
                    id: id, pattern: pattern, isSpecial: specialTexts.contains(content),
                    isNormalized: entry.isNormalized, stripsLeft: entry.stripsLeft,
                    stripsRight: entry.stripsRight, isSingleWord: entry.isSingleWord))
        }
        return (tokens, vocabulary)
    }
}
