/// A compiled regular expression over UTF-8.
///
/// The meaning is Oniguruma's, as in Hugging Face's tokenizers: the leftmost match, and of those the one
/// that is found first when alternatives are tried in order. Matching takes time in proportion to the text
/// for every expression, but for atomic groups of more than one set: these may take the text's length times
/// the group's.
package struct Pattern: Sendable {
    /// Where engines differ.
    package enum Dialect: Sendable {
        /// Hugging Face's tokenizers: `^` and `$` are at lines, `(?m)` lets `.` match line breaks,
        /// `{2}+` is a repetition of `{2}`.
        case oniguruma
        /// tiktoken's: `^` and `$` are at the text's ends, `(?s)` lets `.` match line breaks, `{2}+` is
        /// possessive, `\w` has the joiners, `[:alpha:]` is ASCII.
        case rust
    }

    private let program: PatternProgram

    /// - Parameter field: For messages: where the expression comes from.
    package init(
        _ source: String, dialect: Dialect = .oniguruma, field: String = "pattern"
    ) throws(TokenizerError) {
        var parser = try PatternParser(source, dialect: dialect, field: field)
        program = try PatternCompiler.compile(try parser.parse(), field: field)
    }

    /// The matches in `range`, which must be whole scalars of valid UTF-8 and is the whole text to the
    /// expression, in order and without overlap.
    package func matches(in bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        var matcher = matcher(bytes, range)
        var matches: [Range<Int>] = []
        while let match = matcher.next() { matches.append(match) }
        return matches
    }

    func forEachMatch(in bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        var matcher = matcher(bytes, range)
        while let match = matcher.next() { body(match) }
    }

    /// Gives the matches one by one.
    func matcher(_ bytes: [UInt8], _ range: Range<Int>) -> PatternMatcher {
        PatternMatcher(program, bytes, range)
    }
}
