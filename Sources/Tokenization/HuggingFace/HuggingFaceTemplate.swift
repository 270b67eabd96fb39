/// What the `post_processor` of a `tokenizer.json` puts around a single text.
struct HuggingFaceTemplate {
    private(set) var prefix: [Int32] = []
    private(set) var suffix: [Int32] = []

    init(_ field: JSONField, vocabulary: Vocabulary) throws(TokenizerError) {
        try apply(field, vocabulary)
    }

    // MARK: - Internals

    private mutating func apply(_ field: JSONField, _ vocabulary: Vocabulary) throws(TokenizerError) {
        let type = try field.required("type")
        switch try type.string() {
        case "ByteLevel":
            break  // It only corrects offsets, which this module does not report.
        case "Sequence":
            for element in try field.required("processors").elements() { try apply(element, vocabulary) }
        case "TemplateProcessing":
            try applyTemplate(field, vocabulary)
        default:
            throw type.unsupported(
                TokenizerError.quote(try type.bytes()), expected: "ByteLevel, TemplateProcessing or Sequence")
        }
    }

    /// A template is a list of pieces: the text ("Sequence") and special tokens before and after it.
    private mutating func applyTemplate(
        _ field: JSONField, _ vocabulary: Vocabulary
    ) throws(TokenizerError) {
        let single = try field.required("single")
        let specialTokens = try field.member("special_tokens")
        var before: [Int32] = []
        var after: [Int32] = []
        var texts = 0
        for piece in try single.elements() {
            if let special = try piece.member("SpecialToken") {
                let ids = try Self.ids(special.required("id"), specialTokens, vocabulary)
                if texts == 0 { before += ids } else { after += ids }
            } else if try piece.required("Sequence").required("id").string() == "A" {
                texts += 1
            }
        }
        guard texts == 1 else {
            throw single.unsupported("a template with \(texts) texts", expected: "one text (Sequence A)")
        }
        prefix = before + prefix
        suffix += after
    }

    private static func ids(
        _ name: JSONField, _ specialTokens: JSONField?, _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> [Int32] {
        guard let entry = try specialTokens?.member(try name.string()) else {
            throw TokenizerError(
                .missingField, field: name.path, found: TokenizerError.quote(try name.bytes()),
                expected: "a name that special_tokens defines", advice: TokenizerError.damagedFileAdvice)
        }
        var ids: [Int32] = []
        for element in try entry.required("ids").elements() {
            let id = try element.tokenID()
            guard vocabulary.contains(id) else {
                throw TokenizerError(
                    .inconsistent, field: element.path, found: "\(id), which is no token",
                    expected: "a token of the vocabulary", advice: TokenizerError.damagedFileAdvice)
            }
            ids.append(id)
        }
        return ids
    }
}
