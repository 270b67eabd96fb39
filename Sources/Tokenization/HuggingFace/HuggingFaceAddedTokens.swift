/// The `added_tokens` of a `tokenizer.json`.
struct HuggingFaceAddedTokens {
    private(set) var tokens: [AddedToken] = []

    /// Enters tokens that the model does not have into `vocabulary`.
    init(
        _ field: JSONField?, normalizes: Bool, vocabulary: inout Vocabulary
    ) throws(TokenizerError) {
        for element in try field?.elements() ?? [] {
            let content = Array(try element.required("content").bytes())
            if content.isEmpty { continue }
            let isNormalized = try element.flag("normalized", default: true)
            let normalized =
                normalizes && isNormalized
                ? CanonicalComposer.shared.compose(content, in: 0..<content.count) : nil
            let pattern = normalized ?? content
            let id = try Self.enter(element, content, decodedText: pattern, &vocabulary)
            let isSpecial = try element.flag("special", default: false)
            if isSpecial { vocabulary.markSpecial(id) }
            tokens.append(
                AddedToken(
                    id: id, pattern: pattern, isSpecial: isSpecial, isNormalized: isNormalized,
                    stripsLeft: try element.flag("lstrip", default: false),
                    stripsRight: try element.flag("rstrip", default: false),
                    isSingleWord: try element.flag("single_word", default: false)))
        }
    }

    /// A token of the model keeps the model's id, whatever the element says, as in Hugging Face's loader.
    private static func enter(
        _ element: JSONField, _ content: [UInt8], decodedText: [UInt8], _ vocabulary: inout Vocabulary
    ) throws(TokenizerError) -> Int32 {
        if let id = vocabulary.id(ofText: content) { return id }
        let field = try element.required("id")
        let id = try field.tokenID()
        guard !vocabulary.contains(id) else {
            throw TokenizerError(
                .inconsistent, field: field.path, found: "\(id), which is another token",
                expected: "an id that is free", advice: TokenizerError.damagedFileAdvice)
        }
        vocabulary.insertAddedToken(content, decodedText: decodedText, id: id)
        return id
    }
}
