internal import JSON

/// What the `post_processor` of a `tokenizer.json` puts around a single text.
struct HuggingFacePostProcessor {
    /// Pieces of a template, names it defines, and tokens around a text: real ones have less than ten.
    private static let limit = 1024

    private(set) var prefix: [Int32] = []
    private(set) var suffix: [Int32] = []

    init(_ field: JSONField?, vocabulary: Vocabulary) throws(TokenizerError) {
        for component in try HuggingFaceComponent.flattened(field, members: "processors") {
            switch component.type {
            case "ByteLevel":
                break  // It only corrects offsets, which this module does not report.
            case "TemplateProcessing":
                try applyTemplate(component.field, vocabulary)
            case "BertProcessing", "RobertaProcessing":
                prefix.insert(try Self.pairID(component.field.required("cls"), vocabulary), at: 0)
                suffix.append(try Self.pairID(component.field.required("sep"), vocabulary))
            default:
                throw component.unknown(
                    expected: "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing or Sequence")
            }
        }
    }

    // MARK: - Internals

    /// A template is a list of pieces: the text ("Sequence") and special tokens before and after it.
    private mutating func applyTemplate(
        _ field: JSONField, _ vocabulary: Vocabulary
    ) throws(TokenizerError) {
        let single = try field.required("single")
        let specialTokens = try field.member("special_tokens")
        try Self.checkCount(single.array().count, single)
        if let specialTokens { try Self.checkCount(specialTokens.object().count, specialTokens) }
        var before: [Int32] = []
        var after: [Int32] = []
        var texts = 0
        for piece in try single.elements() {
            if let special = try piece.member("SpecialToken") {
                let ids = try Self.ids(special.required("id"), specialTokens, vocabulary)
                if texts == 0 { before += ids } else { after += ids }
                try Self.checkCount(prefix.count + before.count + after.count + suffix.count, single)
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
        let list = try entry.required("ids")
        try checkCount(list.array().count, list)
        var ids: [Int32] = []
        for element in try list.elements() { ids.append(try id(element, vocabulary)) }
        return ids
    }

    private static func checkCount(_ count: Int, _ field: JSONField) throws(TokenizerError) {
        guard count > limit else { return }
        throw TokenizerError(
            .outOfRange, field: field.path, found: "\(count) items", expected: "at most \(limit)",
            advice: TokenizerError.damagedFileAdvice)
    }

    /// The id of a pair `["[SEP]", 102]`.
    private static func pairID(_ field: JSONField, _ vocabulary: Vocabulary) throws(TokenizerError) -> Int32 {
        guard let (_, second) = try field.pair() else { throw field.wrongType("a token and its id") }
        return try id(second, vocabulary)
    }

    private static func id(_ field: JSONField, _ vocabulary: Vocabulary) throws(TokenizerError) -> Int32 {
        let id = try field.tokenID()
        guard vocabulary.contains(id) else {
            throw TokenizerError(
                .inconsistent, field: field.path, found: "\(id), which is no token",
                expected: "a token of the vocabulary", advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }
}
