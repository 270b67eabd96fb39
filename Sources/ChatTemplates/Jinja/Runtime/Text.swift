/// A string as Python sees it: an array of Unicode scalars, indexed, compared and hashed by scalar.
///
/// Swift's `String` compares by canonical equivalence and indexes by grapheme, and both would change what a
/// template prints.
struct Text: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
    var scalars: [Unicode.Scalar]
    /// Whether the `safe` or `escape` filter made this text, which then escapes what is joined to it.
    var isMarkup = false

    init(_ scalars: [Unicode.Scalar] = []) {
        self.scalars = scalars
    }

    init(_ slice: ArraySlice<Unicode.Scalar>) {
        scalars = Array(slice)
    }

    init(_ string: String) {
        scalars = Array(string.unicodeScalars)
    }

    init(stringLiteral value: StaticString) {
        self.init(value.description)
    }

    init(repeating scalar: Unicode.Scalar, count: Int) {
        scalars = Array(repeating: scalar, count: max(0, count))
    }

    var count: Int { scalars.count }
    var isEmpty: Bool { scalars.isEmpty }

    var string: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    static func == (left: Text, right: Text) -> Bool {
        left.scalars == right.scalars
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(scalars)
    }

    static func < (left: Text, right: Text) -> Bool {
        left.scalars.lexicographicallyPrecedes(right.scalars)
    }

    mutating func append(_ other: Text) {
        scalars.append(contentsOf: other.scalars)
    }

    mutating func append(scalar: Unicode.Scalar) {
        scalars.append(scalar)
    }

    func hasPrefix(_ prefix: Text) -> Bool {
        scalars.starts(with: prefix.scalars)
    }

    func hasSuffix(_ suffix: Text) -> Bool {
        scalars.suffix(suffix.count).elementsEqual(suffix.scalars)
    }
}

// MARK: - Searching

extension Text {
    /// The start of the first occurrence of `pattern` at or after `start`, in time linear in both lengths.
    func firstIndex(of pattern: Text, from start: Int = 0) -> Int? {
        SubstringSearch(pattern).firstMatch(in: scalars, from: start)
    }

    /// The starts of all non-overlapping occurrences of a non-empty `pattern`, from the left, at most
    /// `limit`.
    func matches(of pattern: Text, limit: Int = .max) -> [Int] {
        let search = SubstringSearch(pattern)
        var found: [Int] = []
        var start = 0
        while found.count < limit, let match = search.firstMatch(in: scalars, from: start) {
            found.append(match)
            start = match + pattern.count
        }
        return found
    }

    /// The starts of all non-overlapping occurrences counted from the right, in ascending order.
    func matchesFromEnd(of pattern: Text, limit: Int = .max) -> [Int] {
        let mirrored = Text(scalars.reversed()).matches(of: Text(pattern.scalars.reversed()), limit: limit)
        return mirrored.reversed().map { count - $0 - pattern.count }
    }

    func replacing(_ old: Text, with new: Text, limit: Int) -> Text {
        if old.isEmpty {
            return interleaved(with: new, limit: limit)
        }
        var result = Text()
        var position = 0
        for match in matches(of: old, limit: limit) {
            result.scalars.append(contentsOf: scalars[position..<match])
            result.append(new)
            position = match + old.count
        }
        result.scalars.append(contentsOf: scalars[position...])
        return result
    }

    /// Python replaces the empty string before every scalar and at the end.
    private func interleaved(with new: Text, limit: Int) -> Text {
        var result = Text()
        for (index, scalar) in scalars.enumerated() {
            if index < limit { result.append(new) }
            result.append(scalar: scalar)
        }
        if count < limit { result.append(new) }
        return result
    }
}

/// Knuth-Morris-Pratt, so that a hostile pattern and text cannot make a search quadratic.
private struct SubstringSearch {
    private let pattern: [Unicode.Scalar]
    /// At `i`, the length of the longest proper prefix of `pattern[...i]` that is also its suffix.
    private let fallback: [Int]

    init(_ text: Text) {
        pattern = text.scalars
        var table = Array(repeating: 0, count: pattern.count)
        var matched = 0
        for index in pattern.indices.dropFirst() {
            while matched > 0, pattern[index] != pattern[matched] { matched = table[matched - 1] }
            if pattern[index] == pattern[matched] { matched += 1 }
            table[index] = matched
        }
        fallback = table
    }

    func firstMatch(in scalars: [Unicode.Scalar], from start: Int) -> Int? {
        guard start <= scalars.count else { return nil }
        guard !pattern.isEmpty else { return start }
        var matched = 0
        for index in start..<scalars.count {
            while matched > 0, scalars[index] != pattern[matched] { matched = fallback[matched - 1] }
            if scalars[index] == pattern[matched] { matched += 1 }
            if matched == pattern.count { return index - matched + 1 }
        }
        return nil
    }
}
