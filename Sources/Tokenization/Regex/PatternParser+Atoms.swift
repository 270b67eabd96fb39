extension PatternParser {
    mutating func atom(_ options: Options) throws(TokenizerError) -> PatternNode {
        if peek("(") { return try group(options) }
        if take("[") { return .set(try characterClass(options)) }
        if take("\\") { return try escape(options) }
        if take(".") {
            return .set(options.isDotAll ? .all : ScalarSet(0x0A...0x0A).inverted)
        }
        if take("^") { return .anchor(options.hasLineAnchors ? .lineStart : .textStart) }
        if take("$") { return .anchor(options.hasLineAnchors ? .lineEnd : .textEnd) }
        for quantifier: Unicode.Scalar in ["*", "+", "?"] where peek(quantifier) {
            throw error("\(quantifier) after nothing", expected: "something to repeat")
        }
        return literal(try takeScalar(), options)
    }

    func literal(_ scalar: UInt32, _ options: Options) -> PatternNode {
        .set(folded(ScalarSet(scalar...scalar), options))
    }

    func folded(_ set: ScalarSet, _ options: Options) -> ScalarSet {
        options.ignoresCase ? CaseFolding.closure(of: set) : set
    }

    // MARK: - Groups

    /// Options for the rest of the group, `(?i)`; nil where something else comes next.
    mutating func inlineOptions(_ current: Options) throws(TokenizerError) -> Options? {
        let start = index
        guard take("(?"), let options = optionLetters(current), take(")") else {
            index = start
            return nil
        }
        return options
    }

    /// `imsx-imsx`; nil where another letter comes.
    private mutating func optionLetters(_ current: Options) -> Options? {
        var options = current
        var isOn = true
        let start = index
        while let scalar = next {
            switch (scalar, dialect) {
            case ("i", _): options.ignoresCase = isOn
            case ("x", _): options.isExtended = isOn
            case ("m", .oniguruma): options.isDotAll = isOn
            case ("m", .rust): options.hasLineAnchors = isOn
            case ("s", .rust): options.isDotAll = isOn
            case ("-", _): isOn = false
            default: return index > start && (scalar == ")" || scalar == ":") ? options : nil
            }
            index += 1
        }
        return nil
    }

    private mutating func group(_ options: Options) throws(TokenizerError) -> PatternNode {
        guard take("(?") else {
            index += 1
            return try closed(try alternatives(options))
        }
        if take(":") { return try closed(try alternatives(options)) }
        if take(">") { return .atomic(try closed(try alternatives(options))) }
        for (opening, isNegative) in [("=", false), ("!", true)] where take(opening) {
            return .lookahead(try closed(try alternatives(options)), isNegative: isNegative)
        }
        for (opening, isNegative) in [("<=", false), ("<!", true)] where take(opening) {
            let body = try closed(try alternatives(options))
            try checkLengths(body)
            return .lookbehind(body, isNegative: isNegative)
        }
        if take("<") || take("P<") {
            _ = try text(upTo: ">")
            return try closed(try alternatives(options))
        }
        let start = index
        if let inner = optionLetters(options), take(":") {
            return try closed(try alternatives(inner))
        }
        index = start
        throw error("an unknown kind of group", expected: "(?:, (?=, (?!, (?<=, (?<!, (?>, or (?i")
    }

    private mutating func closed(_ node: PatternNode) throws(TokenizerError) -> PatternNode {
        guard take(")") else { throw error("a group without its end", expected: ")") }
        return node
    }

    /// What is looked for behind has a known length in every alternative.
    private func checkLengths(_ body: PatternNode) throws(TokenizerError) {
        let branches: [PatternNode] =
            if case .alternatives(let branches) = body { branches } else { [body] }
        for branch in branches where branch.fixedLength == nil {
            throw error("a lookbehind of no fixed length", expected: "alternatives of fixed lengths")
        }
    }

    // MARK: - Escapes

    private mutating func escape(_ options: Options) throws(TokenizerError) -> PatternNode {
        if let anchor = anchor() { return .anchor(anchor) }
        if take("R") {
            let breaks = ScalarSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
            return .atomic(
                .alternatives([
                    .sequence([literal(0x0D, options), literal(0x0A, options)]), .set(breaks),
                ]))
        }
        // Oniguruma ignores case in these only inside of a class.
        if let set = try escapedSet() { return .set(dialect == .rust ? folded(set, options) : set) }
        return literal(try escapedScalar(), options)
    }

    private mutating func anchor() -> PatternNode.Anchor? {
        if take("b") { return .wordBoundary }
        if take("B") { return .noWordBoundary }
        if take("A") { return .textStart }
        if take("z") { return .textEnd }
        guard dialect == .oniguruma else { return nil }
        if take("Z") { return .textEndOrLastLineBreak }
        return nil
    }

    /// `\p{L}`, `\s` and their like, after the backslash.
    mutating func escapedSet() throws(TokenizerError) -> ScalarSet? {
        if take("s") { return UnicodeProperty.whitespace }
        if take("S") { return UnicodeProperty.whitespace.inverted }
        if take("d") { return UnicodeProperty.decimalDigits }
        if take("D") { return UnicodeProperty.decimalDigits.inverted }
        if take("w") { return word }
        if take("W") { return word.inverted }
        if take("h") { return UnicodeProperty.hexDigits }
        if take("H") { return UnicodeProperty.hexDigits.inverted }
        if dialect == .oniguruma {
            if take("N") { return ScalarSet(0x0A...0x0A).inverted }
            if take("O") { return .all }
        }
        for (letter, isNegative) in [("p", false), ("P", true)] {
            if take(letter + "{") { return try property(try text(upTo: "}"), isNegative) }
            // The crate reads "\pL"; Oniguruma reads that as "pL".
            if dialect == .rust, take(letter) {
                return try property(try takeText(), isNegative)
            }
        }
        return nil
    }

    /// Joiners belong to words in the crate, as in UTS #18.
    private var word: ScalarSet {
        dialect == .rust
            ? UnicodeProperty.word.union(ScalarSet(0x200C...0x200D)) : UnicodeProperty.onigurumaWord
    }

    private mutating func takeText() throws(TokenizerError) -> String {
        Unicode.Scalar(try takeScalar()).map { String($0) } ?? ""
    }

    private func property(_ name: String, _ isNegative: Bool) throws(TokenizerError) -> ScalarSet {
        let isInverted = name.hasPrefix("^")
        guard let set = UnicodeProperty.set(named: isInverted ? String(name.dropFirst()) : name) else {
            throw error(
                "the property \(TokenizerError.quote(name))",
                expected: "a general category, a script or a property of Unicode")
        }
        return isNegative != isInverted ? set.inverted : set
    }

    /// One scalar, after the backslash.
    mutating func escapedScalar() throws(TokenizerError) -> UInt32 {
        let simple: [(String, UInt32)] = [
            ("n", 0x0A), ("r", 0x0D), ("t", 0x09), ("f", 0x0C), ("v", 0x0B), ("a", 0x07), ("e", 0x1B),
        ]
        for (letter, scalar) in simple where take(letter) { return scalar }
        if take("x{") || take("u{") { return try scalar(hex: try text(upTo: "}")) }
        if take("x") {
            let value = try scalar(hex: try digits(2))
            guard value < 0x80 || dialect == .rust else {
                throw error("\\x of a byte above 7F", expected: "\\x{...} or \\u....")
            }
            return value
        }
        if take("u") { return try scalar(hex: try digits(4)) }
        if take("U") { return try scalar(hex: try digits(8)) }
        let scalar = try takeScalar()
        let isLetterOrDigit = scalar < 0x80 && UnicodeProperty.word.contains(scalar) && scalar != 0x5F
        guard !isLetterOrDigit || (dialect == .oniguruma && (scalar | 0x20) == 0x70) else {
            index -= 1
            throw error("an unknown escape", expected: "an escape of the common grammar")
        }
        return scalar
    }

    private mutating func digits(_ count: Int) throws(TokenizerError) -> String {
        var text = ""
        for _ in 0..<count { text += try takeText() }
        return text
    }

    private func scalar(hex: String) throws(TokenizerError) -> UInt32 {
        guard !hex.isEmpty, hex.utf8.count <= 8, let value = UInt32(hex, radix: 16),
            Unicode.Scalar(value) != nil, !hex.hasPrefix("+")
        else {
            throw error(TokenizerError.quote(hex), expected: "the hexadecimal number of a scalar")
        }
        return value
    }
}
