internal import JSON

/// A `tokenizer_config.json`, as far as it changes ids or text.
///
/// Read as transformers 5 reads it: `added_tokens_decoder` adds tokens or changes their properties, a token
/// with a role is special, and `add_bos_token` and `add_eos_token`, where one of them is there, take the place
/// of the post-processor. Tokens with a role that the vocabulary does not have are not added: the model could
/// not embed them.
struct HuggingFaceConfiguration {
    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    private static let lists = ["additional_special_tokens", "extra_special_tokens"]

    private let root: JSONField

    init(_ json: [UInt8]) throws(TokenizerError) {
        root = try JSONField.root(of: json, file: "tokenizer_config.json")
    }

    func apply(to added: inout HuggingFaceAddedTokens) throws(TokenizerError) {
        if let decoder = try root.member("added_tokens_decoder") { try add(decoder, to: &added) }
        for role in Self.roles {
            guard let content = try Self.content(root.member(role)) else { continue }
            added.makeSpecial(content)
        }
        for list in Self.lists {
            guard let field = try root.member(list), field.node.elements != nil else { continue }
            for element in try field.elements() {
                guard let content = try Self.content(element) else { continue }
                added.makeSpecial(content)
            }
        }
    }

    /// The id of the token with a role.
    func id(_ role: String, _ vocabulary: Vocabulary) throws(TokenizerError) -> Int32? {
        guard let field = try root.member(role), let text = try Self.content(field) else { return nil }
        guard let id = vocabulary.id(ofText: text) else {
            throw TokenizerError(
                .inconsistent, field: field.path, found: TokenizerError.quote(text),
                expected: "a token of tokenizer.json",
                advice: "use the tokenizer_config.json and tokenizer.json of the same model")
        }
        return id
    }

    /// Whether begin and end are put around a text; nil leaves it to the post-processor.
    func surroundings() throws(TokenizerError) -> (begin: Bool, end: Bool)? {
        let names = ["add_bos_token", "add_eos_token"]
        let isThere = try root.object().contains { member in
            names.contains { member.key == $0 }
        }
        guard isThere else { return nil }
        return (
            try root.flag("add_bos_token", default: false), try root.flag("add_eos_token", default: false)
        )
    }

    func cleansUpSpaces() throws(TokenizerError) -> Bool {
        try root.flag("clean_up_tokenization_spaces", default: false)
    }

    // MARK: - Internals

    private func add(_ decoder: JSONField, to added: inout HuggingFaceAddedTokens) throws(TokenizerError) {
        var entries: [(id: Int32, entry: HuggingFaceAddedTokens.Entry)] = []
        for member in try decoder.object() {
            let name = member.key.string
            let path = "\(decoder.path).\(TokenizerError.quote(name))"
            guard let id = Int32(name), Vocabulary.idLimit.contains(id) else {
                throw TokenizerError(
                    .outOfRange, field: path, found: TokenizerError.quote(name),
                    expected: "an id as the name",
                    advice: TokenizerError.damagedFileAdvice)
            }
            let field = JSONField(member.value, path: path)
            entries.append((id, try HuggingFaceAddedTokens.entry(field, isNormalized: nil)))
        }
        added.add(entries.sorted { $0.id < $1.id }.map(\.entry))
    }

    /// A token is given as its text or as an object with its `content`.
    private static func content(_ field: JSONField?) throws(TokenizerError) -> [UInt8]? {
        guard var field else { return nil }
        if field.node.members != nil { field = try field.required("content") }
        return Array(try field.bytes())
    }
}
