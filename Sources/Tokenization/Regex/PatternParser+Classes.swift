extension PatternParser {
    /// The set of a `[...]`, after its opening bracket.
    mutating func characterClass(
        _ options: Options, isOutermost: Bool = true
    ) throws(TokenizerError) -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepestNesting else {
            throw error("classes nested deeper than \(Self.deepestNesting)", expected: "fewer levels")
        }
        let isNegative = take("^")
        var intersection: ScalarSet?
        var parts: [ScalarSet] = []
        var isFirst = true
        while isFirst || !peek("]") {
            guard index < source.count else { throw error("a class without its end", expected: "]") }
            if take("&&") {
                let set = Self.union(parts)
                intersection = intersection.map { $0.intersection(set) } ?? set
                parts = []
            } else {
                parts.append(try item(options))
            }
            isFirst = false
        }
        index += 1
        var set = Self.union(parts)
        if let intersection { set = intersection.intersection(set) }
        // Oniguruma ignores case in the class as a whole, once; the crate in every part.
        if isOutermost || dialect == .rust { set = folded(set, options) }
        return isNegative ? set.inverted : set
    }

    private static func union(_ parts: [ScalarSet]) -> ScalarSet {
        parts.count == 1 ? parts[0] : ScalarSet(parts.flatMap(\.ranges))
    }

    /// A nested class, a property, a scalar or a range.
    private mutating func item(_ options: Options) throws(TokenizerError) -> ScalarSet {
        if let posix = try posixClass() { return posix }
        if take("[") { return try characterClass(options, isOutermost: false) }
        if peek("\\") {
            index += 1
            if let set = try escapedSet() {
                if peek("-"), !peek("]", ahead: 1), !peek("[", ahead: 1) {
                    throw error("a range that starts with a set", expected: "a range of scalars")
                }
                return set
            }
            index -= 1
        }
        let first = try classScalar()
        guard peek("-"), !peek("]", ahead: 1), !peek("[", ahead: 1), !peek("&", ahead: 1) else {
            return ScalarSet(first...first)
        }
        index += 1
        if peek("\\") {
            let start = index
            index += 1
            guard try escapedSet() == nil else {
                throw error("a range that ends with a set", expected: "a range of scalars")
            }
            index = start
        }
        let last = try classScalar()
        guard first <= last else {
            throw error("a range whose end is below its start", expected: "an ascending range")
        }
        return ScalarSet(first...last)
    }

    private mutating func classScalar() throws(TokenizerError) -> UInt32 {
        guard take("\\") else { return try takeScalar() }
        // In a class it is a backspace, not a boundary.
        if take("b") { return 0x08 }
        return try escapedScalar()
    }

    /// `[:alpha:]` inside of a class.
    private mutating func posixClass() throws(TokenizerError) -> ScalarSet? {
        let start = index
        guard take("[:") else { return nil }
        let isNegative = take("^")
        var name = ""
        while let letter = next, "a"..."z" ~= letter {
            name.unicodeScalars.append(letter)
            index += 1
        }
        guard take(":]") else {
            index = start
            return nil
        }
        // Two of them mean something else than the property of that name.
        let property = name == "punct" || name == "word" ? "posix" + name : name
        guard let set = UnicodeProperty.set(named: property),
            name.utf8.count > 2
        else {
            throw error("the class [:\(name):]", expected: "a POSIX class such as [:alpha:]")
        }
        // POSIX classes are of ASCII only in the crate.
        let members = dialect == .rust ? set.intersection(ScalarSet(0...0x7F)) : set
        return isNegative ? members.inverted : members
    }
}
