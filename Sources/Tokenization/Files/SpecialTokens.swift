internal import JSON

/// What the files beside a vocabulary say about added and special tokens.
///
/// As transformers' tokenizers without a `tokenizer.json` have it: ids are those of the files.
struct SpecialTokens {
    struct Entry {
        var content: [UInt8]
        var isSpecial = false
        var stripsLeft = false
        var stripsRight = false
        var isSingleWord = false
    }

    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    private static let lists = ["additional_special_tokens", "extra_special_tokens"]

    /// Tokens with an id of their own.
    private(set) var added: [Int32: Entry] = [:]
    /// Texts that are special tokens, wherever their id comes from.
    private var special: [[UInt8]: Entry] = [:]
    private let configuration: JSONField?
    private let map: JSONField?

    init(_ files: TokenizerFiles) throws(TokenizerError) {
        configuration = try Self.root(files.configuration, "tokenizer_config.json")
        map = try Self.root(files.specialTokensMap, "special_tokens_map.json")
        if let field = try Self.root(files.addedTokens, "added_tokens.json") { try readAddedTokens(field) }
        if let field = try configuration?.member("added_tokens_decoder") { try readDecoder(field) }
        let idsByContent = Self.idsByContent(added)
        for field in [map, configuration] { try readRoles(field, idsByContent) }
    }

    /// The text of the token with a role; nil where no file names one.
    func content(_ role: String) throws(TokenizerError) -> [UInt8]? {
        for field in [configuration, map] {
            if let value = try field?.member(role) { return try Self.entry(value).content }
        }
        return nil
    }

    /// A flag of `tokenizer_config.json`.
    func flag(_ name: String) throws(TokenizerError) -> Bool? {
        guard try configuration?.member(name) != nil else { return nil }
        return try configuration?.flag(name, default: false)
    }

    /// A text of `tokenizer_config.json`.
    func text(_ name: String) throws(TokenizerError) -> String? {
        try configuration?.member(name)?.node.text?.string
    }

    /// Enters the tokens into `vocabulary` and returns those to look for in text.
    ///
    /// - Parameter others: Special tokens that the kind of tokenizer has by itself, by id.
    func enter(
        into vocabulary: inout Vocabulary, others: [Int32: [UInt8]] = [:]
    ) throws(TokenizerError) -> [AddedToken] {
        var entries = added
        for (id, content) in others where entries[id] == nil {
            entries[id] = Entry(content: content, isSpecial: true)
        }
        let idsByContent = Self.idsByContent(entries)
        for (content, entry) in special {
            guard let id = idsByContent[content] ?? vocabulary.id(ofText: content) else { continue }
            entries[id] = entry
        }
        var tokens: [AddedToken] = []
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) where !entry.content.isEmpty {
            vocabulary.insertAddedToken(entry.content, decodedText: entry.content, id: id)
            if entry.isSpecial { vocabulary.markSpecial(id) }
            tokens.append(
                AddedToken(
                    id: id, pattern: entry.content, isSpecial: entry.isSpecial, stripsLeft: entry.stripsLeft,
                    stripsRight: entry.stripsRight, isSingleWord: entry.isSingleWord))
        }
        return tokens
    }

    // MARK: - Internals

    private static func root(_ json: [UInt8]?, _ file: String) throws(TokenizerError) -> JSONField? {
        guard let json else { return nil }
        let root = try JSONField.root(of: json, file: file)
        _ = try root.object()
        return root
    }

    /// Texts and their ids.
    private mutating func readAddedTokens(_ field: JSONField) throws(TokenizerError) {
        for member in try field.object() {
            let content = Array(member.key.bytes)
            let path = "\(field.path) \(TokenizerError.quote(content))"
            added[try member.value.tokenID(path: path)] = Entry(content: content)
        }
    }

    /// Ids as names, and tokens.
    private mutating func readDecoder(_ field: JSONField) throws(TokenizerError) {
        for member in try field.object() {
            let name = member.key.string
            let path = "\(field.path).\(TokenizerError.quote(name))"
            guard let id = Int32(name), Vocabulary.idLimit.contains(id) else {
                throw TokenizerError(
                    .outOfRange, field: path, found: TokenizerError.quote(name),
                    expected: "an id as the name",
                    advice: TokenizerError.damagedFileAdvice)
            }
            let token = JSONField(member.value, path: path)
            var entry = try Self.entry(token)
            entry.isSpecial = try token.flag("special", default: false)
            added[id] = entry
        }
    }

    private mutating func readRoles(
        _ field: JSONField?, _ idsByContent: [[UInt8]: Int32]
    ) throws(TokenizerError) {
        guard let field else { return }
        for role in Self.roles {
            if let token = try field.member(role) { try addSpecial(token, idsByContent) }
        }
        for list in Self.lists {
            guard let value = try field.member(list), value.node.elements != nil else { continue }
            for token in try value.elements() { try addSpecial(token, idsByContent) }
        }
    }

    private mutating func addSpecial(
        _ token: JSONField, _ idsByContent: [[UInt8]: Int32]
    ) throws(TokenizerError) {
        var entry = try Self.entry(token)
        // How an added token strips is said where it is added.
        if let id = idsByContent[entry.content], let known = added[id] { entry = known }
        entry.isSpecial = true
        special[entry.content] = entry
    }

    /// Of several ids with one text the smallest.
    private static func idsByContent(_ entries: [Int32: Entry]) -> [[UInt8]: Int32] {
        Dictionary(entries.lazy.map { ($0.value.content, $0.key) }, uniquingKeysWith: min)
    }

    /// A token is given as its text or as an object with its `content`.
    private static func entry(_ field: JSONField) throws(TokenizerError) -> Entry {
        guard field.node.members != nil else { return Entry(content: Array(try field.bytes())) }
        return Entry(
            content: Array(try field.required("content").bytes()),
            stripsLeft: try field.flag("lstrip", default: false),
            stripsRight: try field.flag("rstrip", default: false),
            isSingleWord: try field.flag("single_word", default: false))
    }
}
