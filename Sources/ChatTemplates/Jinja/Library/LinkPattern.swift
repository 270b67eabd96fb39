/// What the `urlize` filter takes for an address: the same words as Jinja2's regular expressions do, in linear time.
struct LinkPattern {
    /// A word, without whitespace.
    private let scalars: [Unicode.Scalar]

    init(_ word: Text) {
        scalars = word.scalars
    }

    /// `http://host`, `www.host`, `host.com`, or a numeric host, with a port and a path.
    var isURL: Bool {
        let afterScheme = end(of: "https://", from: 0) ?? end(of: "http://", from: 0)
        if let start = afterScheme ?? end(of: "www.", from: 0), hasNamedHost(from: start) { return true }
        if hasHostOfKnownDomain { return true }
        return afterScheme.map { hasIPv4Host(from: $0) || hasIPv6Host(from: $0) } ?? false
    }

    /// `name@host.domain`: what follows the last `@` are words, points and dashes, and a word after the last point.
    var isEmail: Bool {
        guard let at = scalars.lastIndex(of: "@"), at > 0, at + 1 < scalars.count else { return false }
        let host = scalars[(at + 1)...]
        guard host.allSatisfy({ $0.isWord || $0 == "." || $0 == "-" }), host[at + 1].isWord,
            let point = host.lastIndex(of: "."), point + 1 < scalars.count
        else { return false }
        return host[(point + 1)...].allSatisfy(\.isWord)
    }

    /// `name:`, `name:/` or `name://`, at least two characters before the colon.
    static func isScheme(_ text: Text) -> Bool {
        guard let colon = text.scalars.firstIndex(of: ":"), colon >= 2 else { return false }
        let slashes = text.scalars[(colon + 1)...]
        return text.scalars[..<colon].allSatisfy { $0.isWord || ".+-".unicodeScalars.contains($0) }
            && slashes.count <= 2 && slashes.allSatisfy { $0 == "/" }
    }

    // MARK: - Internals

    private static let knownDomains: [Text] = ["com", "net", "int", "edu", "gov", "org", "info", "mil"]

    /// Labels before a top-level domain of letters, or one that begins with `xn--`.
    private func hasNamedHost(from start: Int) -> Bool {
        var position = start
        while true {
            let letters = run(from: position) { "a"..."z" ~= Self.folded($0) }
            if 2...63 ~= letters, isEndOfHost(position + letters) { return true }
            if let name = end(of: "xn--", from: position) {
                let count = run(from: name) { $0.isWord || $0 == "%" }
                if 2...59 ~= count, isEndOfHost(name + count) { return true }
            }
            guard let next = endOfLabel(from: position, lengths: 1...Int.max) else { return false }
            position = next
        }
    }

    private var hasHostOfKnownDomain: Bool {
        var position = 0
        while let next = endOfLabel(from: position, lengths: 2...63) {
            position = next
            let isKnown = Self.knownDomains.contains { end(of: $0, from: position).map(isEndOfHost) ?? false }
            if isKnown { return true }
        }
        return false
    }

    private func hasIPv4Host(from start: Int) -> Bool {
        var position = start
        for part in 0..<4 {
            if part > 0 {
                guard position < scalars.count, scalars[position] == "." else { return false }
                position += 1
            }
            let digits = run(from: position, while: \.isPythonDecimal)
            guard 1...3 ~= digits else { return false }
            position += digits
        }
        return isEndOfHost(position)
    }

    /// In brackets, two times up to four hexadecimal digits and a colon, then up to six times the same with or
    /// without a colon.
    private func hasIPv6Host(from start: Int) -> Bool {
        guard start < scalars.count, scalars[start] == "[" else { return false }
        var position = start + 1
        for part in 0..<8 {
            position += min(4, run(from: position) { $0.isPythonDecimal || "a"..."f" ~= Self.folded($0) })
            let hasColon = position < scalars.count && scalars[position] == ":"
            guard hasColon || part >= 2 else { return false }
            if hasColon { position += 1 }
        }
        return position < scalars.count && scalars[position] == "]" && isEndOfHost(position + 1)
    }

    /// The place behind a label and its point.
    private func endOfLabel(from start: Int, lengths: ClosedRange<Int>) -> Int? {
        let count = run(from: start) { $0.isWord || $0 == "%" || $0 == "-" }
        let point = start + count
        return lengths ~= count && point < scalars.count && scalars[point] == "." ? point + 1 : nil
    }

    /// Whether nothing, or a port or a path or both, follow.
    private func isEndOfHost(_ place: Int) -> Bool {
        var position = place
        if position < scalars.count, scalars[position] == ":" {
            let digits = run(from: position + 1, while: \.isPythonDecimal)
            guard 1...5 ~= digits else { return false }
            position += 1 + digits
        }
        return position == scalars.count || "/?#".unicodeScalars.contains(scalars[position])
    }

    private func run(from start: Int, while matches: (Unicode.Scalar) -> Bool) -> Int {
        var end = start
        while end < scalars.count, matches(scalars[end]) { end += 1 }
        return end - start
    }

    /// The place behind a text in lower case, if it is found at `start` in any case.
    private func end(of text: Text, from start: Int) -> Int? {
        guard start + text.count <= scalars.count else { return nil }
        let isThere = zip(scalars[start...], text.scalars).allSatisfy { Self.folded($0) == $1 }
        return isThere ? start + text.count : nil
    }

    /// What Python's `re.IGNORECASE` takes for the same as an ASCII letter: also i without and with a dot, the long
    /// s and the Kelvin sign.
    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) | 0x20)
        case "\u{130}", "\u{131}": "i"
        case "\u{17F}": "s"
        case "\u{212A}": "k"
        default: scalar
        }
    }
}
