internal import JSON

/// A place in a JSON file: typed access whose errors name the place.
struct JSONField {
    let document: JSONDocument
    let value: JSONNode
    /// For messages: the file and the path of members, `tokenizer.json: model.type`.
    let path: String

    init(_ document: JSONDocument, _ value: JSONNode, path: String) {
        self.document = document
        self.value = value
        self.path = path
    }

    static func root(of input: [UInt8], file: String) throws(TokenizerError) -> JSONField {
        let document: JSONDocument
        do {
            document = try JSONDocument.parse(input)
        } catch {
            throw TokenizerError(
                .malformedJSON, field: "\(file): byte \(error.offset)", found: error.found,
                expected: error.expected, advice: TokenizerError.damagedFileAdvice)
        }
        return JSONField(document, document.root, path: "\(file):")
    }

    /// The member `name`, or nil when it is absent or null.
    ///
    /// Of repeated members the last counts.
    func member(_ name: String) throws(TokenizerError) -> JSONField? {
        let members = try object()
        for member in members.reversed() where document.bytes(member.key).elementsEqual(name.utf8) {
            if case .null = member.value { return nil }
            return field(member.value, ".\(name)")
        }
        return nil
    }

    func required(_ name: String) throws(TokenizerError) -> JSONField {
        guard let field = try member(name) else {
            throw TokenizerError(
                .missingField, field: "\(path)\(path.hasSuffix(":") ? " " : ".")\(name)", found: "nothing",
                expected: "a value", advice: TokenizerError.damagedFileAdvice)
        }
        return field
    }

    func flag(_ name: String, default fallback: Bool) throws(TokenizerError) -> Bool {
        guard let field = try member(name) else { return fallback }
        guard case .boolean(let flag) = field.value else { throw field.wrongType("true or false") }
        return flag
    }

    func object() throws(TokenizerError) -> [JSONMember] {
        guard case .object(let members) = value else { throw wrongType("an object") }
        return members
    }

    func elements() throws(TokenizerError) -> [JSONField] {
        guard case .array(let values) = value else { throw wrongType("an array") }
        return values.enumerated().map { field($1, "[\($0)]") }
    }

    func bytes() throws(TokenizerError) -> ArraySlice<UInt8> {
        guard case .string(let text) = value else { throw wrongType("a string") }
        return document.bytes(text)
    }

    func string() throws(TokenizerError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }

    func tokenID() throws(TokenizerError) -> Int32 {
        try value.tokenID(path: path)
    }

    func wrongType(_ expected: String) -> TokenizerError {
        TokenizerError(
            .wrongType, field: path, found: value.kind, expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }

    func unsupported(_ found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .unsupported, field: path, found: found, expected: expected,
            advice: TokenizerError.conversionAdvice)
    }

    private func field(_ value: JSONNode, _ step: String) -> JSONField {
        let isRoot = path.hasSuffix(":")
        return JSONField(document, value, path: isRoot ? "\(path) \(step.drop { $0 == "." })" : path + step)
    }
}

extension JSONNode {
    /// A token id.
    ///
    /// Ids index tables, so that a hostile file must not make them huge. The path is for messages only: a
    /// vocabulary has too many ids to spell out the place of each.
    func tokenID(path: @autoclosure () -> String) throws(TokenizerError) -> Int32 {
        guard let number = double else {
            throw TokenizerError(
                .wrongType, field: path(), found: kind, expected: "a token id",
                advice: TokenizerError.damagedFileAdvice)
        }
        guard let id = Int32(exactly: number), Vocabulary.idLimit ~= id else {
            throw TokenizerError(
                .outOfRange, field: path(), found: "\(number)", expected: "an id in \(Vocabulary.idLimit)",
                advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }
}
