internal import JSON

/// A place in a JSON file: typed access whose errors name the place.
struct JSONField {
    let node: JSONNode
    /// For messages: the file and the path of members, `tokenizer.json: model.type`.
    let path: String

    init(_ node: JSONNode, path: String) {
        self.node = node
        self.path = path
    }

    static func root(of input: [UInt8], file: String) throws(TokenizerError) -> JSONField {
        do {
            return JSONField(try JSONDocument(input).root, path: "\(file):")
        } catch {
            throw TokenizerError(
                .malformedJSON, field: "\(file): byte \(error.offset)", found: error.found,
                expected: error.expected, advice: TokenizerError.damagedFileAdvice)
        }
    }

    /// The member `name`, or nil when it is absent or null.
    ///
    /// Of repeated members the last counts.
    func member(_ name: String) throws(TokenizerError) -> JSONField? {
        guard let node = try object()[name], !node.isNull else { return nil }
        return field(node, ".\(name)")
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
        guard case .boolean(let flag) = field.node.value else { throw field.wrongType("true or false") }
        return flag
    }

    func object() throws(TokenizerError) -> JSONMembers {
        guard let members = node.members else { throw wrongType("an object") }
        return members
    }

    func array() throws(TokenizerError) -> JSONElements {
        guard let elements = node.elements else { throw wrongType("an array") }
        return elements
    }

    /// Each made when it is its turn: there may be a great many, and each has a path of its own.
    func elements() throws(TokenizerError) -> some Sequence<JSONField> {
        try array().enumerated().lazy.map { field($1, "[\($0)]") }
    }

    /// The elements of an array of exactly two.
    func pair() throws(TokenizerError) -> (JSONField, JSONField)? {
        try array().pair.map { (field($0, "[0]"), field($1, "[1]")) }
    }

    func bytes() throws(TokenizerError) -> ArraySlice<UInt8> {
        guard let text = node.text else { throw wrongType("a string") }
        return text.bytes
    }

    func string() throws(TokenizerError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }

    func tokenID() throws(TokenizerError) -> Int32 {
        try node.tokenID(path: path)
    }

    func wrongType(_ expected: String) -> TokenizerError {
        TokenizerError(
            .wrongType, field: path, found: node.kind, expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }

    func unsupported(_ found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .unsupported, field: path, found: found, expected: expected,
            advice: TokenizerError.conversionAdvice)
    }

    private func field(_ node: JSONNode, _ step: String) -> JSONField {
        let isRoot = path.hasSuffix(":")
        return JSONField(node, path: isRoot ? "\(path) \(step.drop { $0 == "." })" : path + step)
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
