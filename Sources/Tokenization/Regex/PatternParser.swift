/// Reads the text of a regular expression.
///
/// The grammar is Oniguruma's as far as tokenizers use it; what means something else in the `regex` crate
/// depends on the dialect. What is not known is refused, never guessed.
struct PatternParser {
    struct Options {
        var ignoresCase = false
        /// `.` matches line breaks.
        var isDotAll = false
        /// `^` and `$` match at line breaks.
        var hasLineAnchors: Bool
        /// Spaces and comments are not part of the expression.
        var isExtended = false
    }

    static let longestSource = 8192
    static let deepestNesting = 40
    static let largestCount = 1000
    static let mostQuantifiers = 4

    let source: [Unicode.Scalar]
    let dialect: Pattern.Dialect
    let field: String
    var index = 0
    var depth = 0

    init(_ source: String, dialect: Pattern.Dialect, field: String) throws(TokenizerError) {
        self.source = Array(source.unicodeScalars)
        self.dialect = dialect
        self.field = field
        guard source.utf8.count <= Self.longestSource else {
            throw error("\(source.utf8.count) bytes", expected: "at most \(Self.longestSource)")
        }
    }

    mutating func parse() throws(TokenizerError) -> PatternNode {
        let options = Options(hasLineAnchors: dialect == .oniguruma)
        let node = try alternatives(options)
        guard index == source.count else { throw error("an unmatched )", expected: "balanced groups") }
        return node
    }

    // MARK: - Reading

    var next: Unicode.Scalar? { index < source.count ? source[index] : nil }

    /// Consumes `text` where it comes next.
    mutating func take(_ text: String) -> Bool {
        var end = index
        for scalar in text.unicodeScalars {
            guard end < source.count, source[end] == scalar else { return false }
            end += 1
        }
        index = end
        return true
    }

    func peek(_ character: Unicode.Scalar, ahead distance: Int = 0) -> Bool {
        index + distance < source.count && source[index + distance] == character
    }

    mutating func takeScalar() throws(TokenizerError) -> UInt32 {
        guard let scalar = next else { throw error("its end", expected: "more of the expression") }
        index += 1
        return scalar.value
    }

    /// The text up to `end`, which is consumed.
    mutating func text(upTo end: Unicode.Scalar) throws(TokenizerError) -> String {
        let start = index
        while let scalar = next {
            index += 1
            if scalar == end {
                var text = ""
                text.unicodeScalars.append(contentsOf: source[start..<index - 1])
                return text
            }
        }
        throw error("no \(end)", expected: "\(end) after position \(start)")
    }

    func error(_ found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .unsupported, field: field, found: "a regular expression with \(found) at position \(index)",
            expected: expected, advice: "use a tokenizer whose expressions are in Oniguruma's common grammar")
    }
}

// MARK: - Sequences

extension PatternParser {
    /// Up to the end or to the closing parenthesis, which is left.
    mutating func alternatives(_ initial: Options) throws(TokenizerError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepestNesting else {
            throw error("groups nested deeper than \(Self.deepestNesting)", expected: "fewer levels")
        }
        var branches: [PatternNode] = []
        var parts: [PatternNode] = []
        while let scalar = next, scalar != ")" {
            if take("|") {
                branches.append(Self.sequence(parts))
                parts = []
            } else if let options = try inlineOptions(initial) {
                // To the end of the group, alternatives included: "a(?i)b|c" is "a(?i:b|c)" to Oniguruma. To
                // the regex crate alternatives are apart, but keep the options.
                if dialect == .oniguruma {
                    parts.append(try alternatives(options))
                } else {
                    let rest = try alternatives(options)
                    return Self.joined(branches, parts, rest)
                }
            } else if let part = try repetition(initial) {
                parts.append(part)
            }
        }
        branches.append(Self.sequence(parts))
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    /// The branches so far, the parts before the options, and the alternatives that came after them.
    private static func joined(
        _ branches: [PatternNode], _ parts: [PatternNode], _ rest: PatternNode
    ) -> PatternNode {
        guard case .alternatives(var following) = rest else {
            let last = sequence(parts + [rest])
            return branches.isEmpty ? last : .alternatives(branches + [last])
        }
        following[0] = sequence(parts + [following[0]])
        return .alternatives(branches + following)
    }

    private static func sequence(_ parts: [PatternNode]) -> PatternNode {
        switch parts.count {
        case 0: .empty
        case 1: parts[0]
        default: .sequence(parts)
        }
    }

    /// An atom with its quantifiers; nil for what is no part of the expression.
    private mutating func repetition(_ options: Options) throws(TokenizerError) -> PatternNode? {
        if options.isExtended, try skipSpaceOrComment() { return nil }
        if take("(?#") {
            _ = try text(upTo: ")")
            return nil
        }
        var node = try atom(options)
        var quantifiers = 0
        while let (minimum, maximum, form) = try quantifier() {
            quantifiers += 1
            guard quantifiers <= Self.mostQuantifiers else {
                throw error("more than \(Self.mostQuantifiers) quantifiers in a row", expected: "fewer")
            }
            switch node {
            case .anchor, .lookahead, .lookbehind, .empty:
                throw error("a repeated anchor or empty group", expected: "something to repeat")
            default: break
            }
            let greed = self.greed(form)
            if maximum != 0, maximum != 1, node.isNullable {
                throw error(
                    "a repeated group that may match nothing", expected: "a group that matches something")
            }
            node = .repeated(node, minimum: minimum, maximum: maximum, greed: greed ?? .greedy)
            if greed == nil { node = .repeated(node, minimum: 0, maximum: 1, greed: .greedy) }
        }
        return node
    }

    private mutating func skipSpaceOrComment() throws(TokenizerError) -> Bool {
        guard let scalar = next else { return false }
        if UnicodeProperty.whitespace.contains(scalar.value) {
            index += 1
            return true
        }
        guard take("#") else { return false }
        while next != nil, next != "\n" { index += 1 }
        return true
    }
}

// MARK: - Quantifiers

extension PatternParser {
    private enum QuantifierForm {
        /// "*", "+" or "?".
        case sign
        /// "{2}".
        case count
        /// "{2,3}".
        case interval
    }

    private mutating func quantifier() throws(TokenizerError) -> (
        minimum: Int, maximum: Int?, form: QuantifierForm
    )? {
        if take("*") { return (0, nil, .sign) }
        if take("+") { return (1, nil, .sign) }
        if take("?") { return (0, 1, .sign) }
        guard peek("{") else { return nil }
        let start = index
        index += 1
        let minimum = try number()
        var maximum = minimum
        let hasComma = take(",")
        if hasComma { maximum = try number() ?? -1 }
        guard take("}"), minimum != nil || (maximum ?? -1) >= 0 else {
            index = start
            return nil
        }
        let upper = maximum == -1 ? nil : maximum
        if let upper, upper < minimum ?? 0 {
            throw error("a range whose end is below its start", expected: "{m,n} with m at most n")
        }
        return (minimum ?? 0, upper, hasComma ? .interval : .count)
    }

    /// Nil for the "?" of "x{2}?", which Oniguruma reads as "(?:x{2})?".
    private mutating func greed(_ form: QuantifierForm) -> PatternNode.Greed? {
        if peek("?") {
            index += 1
            return form == .count && dialect == .oniguruma ? nil : .lazy
        }
        // After an interval "+" is one more quantifier to Oniguruma.
        if peek("+"), form == .sign || dialect == .rust {
            index += 1
            return .possessive
        }
        return .greedy
    }

    private mutating func number() throws(TokenizerError) -> Int? {
        var value: Int?
        while let scalar = next, "0"..."9" ~= scalar {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            guard value ?? 0 <= Self.largestCount else {
                throw error("a count above \(Self.largestCount)", expected: "a smaller one")
            }
            index += 1
        }
        return value
    }
}
