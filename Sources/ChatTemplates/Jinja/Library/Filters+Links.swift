/// Jinja's `urlize`, which makes links of the addresses in a text.
extension Filters {
    static let urlize: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"], for: "urlize", in: interpreter)
        let writer = LinkWriter(
            interpreter: interpreter, limit: bound[0].flatMap { $0.isNone ? nil : $0 },
            attributes: try linkAttributes(
                relation: bound[3], isFollowed: !(bound[1]?.isTrue ?? false), target: bound[2], interpreter),
            schemes: try linkSchemes(bound[4], interpreter))
        let text = try interpreter.text(of: value)
        try interpreter.charge(text.count)
        let escaped = text.escaped
        var pieces: [Text] = []
        var position = 0
        while position < escaped.count {
            let isSpace = escaped.scalars[position].isPythonSpace
            let end = escaped.scalars[position...].firstIndex { $0.isPythonSpace != isSpace } ?? escaped.count
            let word = Text(escaped.scalars[position..<end])
            pieces.append(isSpace ? word : try writer.linked(word))
            position = end
        }
        let result = try interpreter.join(pieces, separator: "")
        return .string(interpreter.escapesOutput ? result.markup : result)
    }

    /// `rel` and `target`; pages that are linked to never learn where they were opened from.
    private static func linkAttributes(
        relation: Value?, isFollowed: Bool, target: Value?, _ interpreter: Interpreter
    ) throws(JinjaError) -> Text {
        var relations: Set<Text> = isFollowed ? ["noopener"] : ["noopener", "nofollow"]
        if let relation, relation.isTrue {
            let words = try interpreter.string(relation, for: "urlize").splitOnWhitespace(limit: .max)
            relations.formUnion(words)
        }
        let names = try interpreter.join(relations.sorted(), separator: " ")
        var result = Text(" rel=\"") + names.forciblyEscaped + "\""
        if let target, target.isTrue {
            result = result + " target=\"" + (try interpreter.text(of: target).escaped) + "\""
        }
        return result
    }

    private static func linkSchemes(
        _ value: Value?, _ interpreter: Interpreter
    ) throws(JinjaError) -> [Text] {
        guard let value, !value.isNone else { return [] }
        var schemes: [Text] = []
        for item in try interpreter.elements(of: value) {
            let scheme = try interpreter.string(item, for: "urlize")
            guard LinkPattern.isScheme(scheme) else {
                throw interpreter.failure(
                    .value, "\(scheme.pythonRepresentation) is not a valid URI scheme prefix.")
            }
            schemes.append(scheme)
        }
        return schemes
    }
}

/// Puts the addresses among words into links.
private struct LinkWriter {
    let interpreter: Interpreter
    /// How many characters of an address are shown.
    let limit: Value?
    let attributes: Text
    let schemes: [Text]

    /// A word is taken apart and put together again, and a link is made of ten strings.
    private static let stepsPerWord = 8
    private static let stepsPerLink = 40

    /// A word of escaped text, of which brackets and punctuation around an address stay outside of the link.
    func linked(_ word: Text) throws(JinjaError) -> Text {
        try interpreter.charge(Self.stepsPerWord)
        let start = Self.headLength(word)
        let (tailStart, moved) = Self.tail(of: word, from: start)
        let middle = Text(word.scalars[start..<(tailStart + moved)])
        let link = try self.link(to: middle)
        return Text(word.scalars[..<start]) + link + Text(word.scalars[(tailStart + moved)...])
    }

    // MARK: - Internals

    private func link(to address: Text) throws(JinjaError) -> Text {
        let pattern = LinkPattern(address)
        if pattern.isURL {
            let isWhole = address.hasPrefix("https://") || address.hasPrefix("http://")
            return try anchor(
                isWhole ? address : "https://" + address, attributes, showing: try shortened(address))
        }
        if address.hasPrefix("mailto:") {
            let name = Text(address.scalars["mailto:".count...])
            if LinkPattern(name).isEmail { return try anchor(address, "", showing: name) }
        }
        let isName =
            !address.hasPrefix("www.") && !address.hasPrefix("@") && !address.scalars.contains(":")
        if isName, pattern.isEmail { return try anchor("mailto:" + address, "", showing: address) }
        var result = address
        for scheme in schemes where result != scheme && result.hasPrefix(scheme) {
            result = try anchor(result, attributes, showing: result)
        }
        return result
    }

    private func anchor(_ target: Text, _ attributes: Text, showing text: Text) throws(JinjaError) -> Text {
        try interpreter.charge(Self.stepsPerLink)
        try interpreter.charge(scalars: target.count + attributes.count + text.count)
        return "<a href=\"" + target + "\"" + attributes + ">" + text + "</a>"
    }

    private func shortened(_ address: Text) throws(JinjaError) -> Text {
        guard let limit else { return address }
        let count = try interpreter.integer(limit, or: 0)
        guard address.count > count else { return address }
        let end = count < 0 ? max(0, address.count + count) : count
        return Text(address.scalars[..<end]) + "..."
    }

    private static func headLength(_ word: Text) -> Int {
        var length = 0
        while length < word.count {
            if word.scalars[length] == "(" || word.scalars[length] == "<" {
                length += 1
            } else if word.scalars[length...].starts(with: Text("&lt;").scalars) {
                length += 4
            } else {
                break
            }
        }
        return length
    }

    /// Where the closing brackets and the punctuation at the end begin, and how many of their characters belong to
    /// the address because it has opening brackets that nothing closes.
    private static func tail(of word: Text, from start: Int) -> (start: Int, moved: Int) {
        var end = word.count
        while end > start {
            if ")>.,".unicodeScalars.contains(word.scalars[end - 1]) {
                end -= 1
            } else if word.scalars[start..<end].suffix(4).elementsEqual(Text("&gt;").scalars) {
                end -= 4
            } else {
                break
            }
        }
        var moved = 0
        for (opening, closing) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] as [(Text, Text)] {
            let address = Text(word.scalars[start..<(end + moved)])
            let count = address.matches(of: opening).count
            guard count > address.matches(of: closing).count else { continue }
            let closings = Text(word.scalars[(end + moved)...]).matches(of: closing, limit: count)
            if let last = closings.last { moved += last + closing.count }
        }
        return (end, moved)
    }
}

extension Text {
    fileprivate static func + (left: Text, right: Text) -> Text {
        Text(left.scalars + right.scalars)
    }
}
