internal import JSON

/// A component of a `tokenizer.json` (normalizer, pre-tokenizer, ...): an object with its `type`.
struct HuggingFaceComponent {
    /// More components in a row than this are no tokenizer (the longest known have eight).
    static let limit = 64

    let field: JSONField
    let type: String
    private let typeField: JSONField

    init(_ field: JSONField) throws(TokenizerError) {
        self.field = field
        typeField = try field.required("type")
        type = try typeField.string()
    }

    /// The components in order, with every `Sequence` replaced by its members.
    static func flattened(
        _ field: JSONField?, members: String
    ) throws(TokenizerError) -> [HuggingFaceComponent] {
        guard let field else { return [] }
        var components: [HuggingFaceComponent] = []
        try append(field, members, &components)
        return components
    }

    private static func append(
        _ field: JSONField, _ members: String, _ components: inout [HuggingFaceComponent]
    ) throws(TokenizerError) {
        let component = try HuggingFaceComponent(field)
        guard component.type == "Sequence" else {
            guard components.count < limit else {
                throw TokenizerError(
                    .outOfRange, field: field.path, found: "more than \(limit) components in a row",
                    expected: "at most \(limit)", advice: TokenizerError.damagedFileAdvice)
            }
            return components.append(component)
        }
        for element in try field.required(members).elements() {
            try append(element, members, &components)
        }
    }

    func unknown(expected: String) -> TokenizerError {
        TokenizerError(
            .unsupported, field: typeField.path, found: TokenizerError.quote(type), expected: expected,
            advice: TokenizerError.conversionAdvice)
    }

    /// A string that must hold something.
    func text(_ name: String) throws(TokenizerError) -> [UInt8] {
        let value = try field.required(name)
        let bytes = Array(try value.bytes())
        guard !bytes.isEmpty else {
            throw value.unsupported("an empty string", expected: "at least one character")
        }
        return bytes
    }

    /// One character.
    func scalar(_ name: String) throws(TokenizerError) -> [UInt8] {
        let bytes = try text(name)
        guard bytes.scalar(at: 0).width == bytes.count else {
            throw TokenizerError(
                .wrongType, field: try field.required(name).path, found: TokenizerError.quote(bytes),
                expected: "one character", advice: TokenizerError.damagedFileAdvice)
        }
        return bytes
    }

    func count(_ name: String, upTo limit: Int, default fallback: Int?) throws(TokenizerError) -> Int {
        try Self.count(field, name, upTo: limit, default: fallback)
    }

    /// A whole number from 0 to `limit`.
    static func count(
        _ field: JSONField, _ name: String, upTo limit: Int, default fallback: Int?
    ) throws(TokenizerError) -> Int {
        if let fallback, try field.member(name) == nil { return fallback }
        let value = try field.required(name)
        guard let number = value.node.double else { throw value.wrongType("a number") }
        guard let count = Int(exactly: number), 0...limit ~= count else {
            throw TokenizerError(
                .outOfRange, field: value.path, found: "\(number)", expected: "a whole number up to \(limit)",
                advice: TokenizerError.damagedFileAdvice)
        }
        return count
    }

    /// The `pattern` of `Split` and `Replace`: `{"String": ...}` or `{"Regex": ...}`.
    func pattern() throws(TokenizerError) -> TextPattern {
        let pattern = try field.required("pattern")
        // The oldest files have the string itself.
        if pattern.node.text != nil { return .literal(LiteralPattern(try text("pattern"))) }
        if let literal = try pattern.member("String") {
            let bytes = Array(try literal.bytes())
            guard !bytes.isEmpty else {
                throw literal.unsupported("an empty string", expected: "at least one character")
            }
            return .literal(LiteralPattern(bytes))
        }
        let expression = try pattern.required("Regex")
        let bytes = try expression.bytes()
        if let known = SplitPattern(expression: bytes) { return .known(known) }
        return .expression(try Pattern(String(decoding: bytes, as: UTF8.self), field: expression.path))
    }
}
