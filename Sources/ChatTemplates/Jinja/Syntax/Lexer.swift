/// Cuts a template into tokens and applies whitespace control: `-` and `+` signs, `trim_blocks` (the newline
/// after a block or comment goes) and `lstrip_blocks` (the indentation before one goes).
struct Lexer {
    let scalars: [Unicode.Scalar]
    private(set) var tokens: [Token] = []
    var index = 0
    /// Whether the text at `index` begins a line as far as `lstrip_blocks` is concerned.
    private var isAtLineStart = true
    private let lineStarts: [Int]

    init(_ source: String) throws(JinjaError) {
        guard source.unicodeScalars.count <= JinjaLimits.sourceScalars else {
            let limit = JinjaLimits.sourceScalars
            throw JinjaError(.limit, "the template is longer than \(limit) characters", at: .start)
        }
        let normalized = Self.normalized(source)
        scalars = normalized
        lineStarts = [0] + normalized.indices.filter { normalized[$0] == "\n" }.map { $0 + 1 }
    }

    mutating func tokenize() throws(JinjaError) -> [Token] {
        while index < scalars.count {
            try lexText()
        }
        append(.end, at: scalars.count)
        return tokens
    }

    // MARK: - Internals shared with the extension

    func position(of offset: Int) -> Position {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return Position(line: low + 1, column: offset - lineStarts[low] + 1)
    }

    func failure(_ message: String, at offset: Int) -> JinjaError {
        JinjaError(.syntax, message, at: position(of: offset))
    }

    func hasSymbol(_ symbol: StaticString, at offset: Int) -> Bool {
        let pattern = symbol.description.unicodeScalars
        return scalars[min(offset, scalars.count)...].starts(with: pattern)
    }

    mutating func append(_ kind: Token.Kind, at offset: Int) {
        tokens.append(Token(kind: kind, position: position(of: offset)))
    }

    /// Moves behind a closing delimiter of `length` and the whitespace that its sign or `trim_blocks`
    /// removes.
    mutating func finishTag(length: Int, strips: Bool, trimsNewline: Bool) {
        index += length
        if strips {
            skipWhitespace()
        } else if trimsNewline, index < scalars.count, scalars[index] == "\n" {
            index += 1
        }
        isAtLineStart = scalars[index - 1] == "\n"
    }

    mutating func skipWhitespace() {
        while index < scalars.count, scalars[index].isPythonSpace { index += 1 }
    }

    // MARK: - Text and tags

    /// Text up to the next tag, then the tag.
    private mutating func lexText() throws(JinjaError) {
        let start = index
        var tag = start
        while tag < scalars.count, !isTagStart(tag) { tag += 1 }
        guard tag < scalars.count else {
            emitText(start..<tag)
            index = tag
            return
        }
        let kind = scalars[tag + 1]
        index = tag + 2
        let sign = takeSign()
        emitText(start..<strippedEnd(of: start..<tag, sign: sign, isVariable: kind == "{"))
        isAtLineStart = false
        switch kind {
        case "#":
            try lexComment(from: tag)
        case "{":
            append(.variableBegin, at: tag)
            try lexTag(isVariable: true)
        default:
            if let bodyStart = endOfRawBegin() {
                try lexRaw(from: tag, bodyStart: bodyStart)
            } else {
                append(.blockBegin, at: tag)
                try lexTag(isVariable: false)
            }
        }
    }

    private func isTagStart(_ offset: Int) -> Bool {
        guard scalars[offset] == "{", offset + 1 < scalars.count else { return false }
        let next = scalars[offset + 1]
        return next == "{" || next == "%" || next == "#"
    }

    private mutating func takeSign() -> Unicode.Scalar? {
        guard index < scalars.count, scalars[index] == "-" || scalars[index] == "+" else { return nil }
        index += 1
        return scalars[index - 1]
    }

    private mutating func emitText(_ range: Range<Int>) {
        if !range.isEmpty { append(.text(Text(scalars[range])), at: range.lowerBound) }
    }

    /// Where the text before a tag ends once its sign or `lstrip_blocks` has been applied.
    private func strippedEnd(of range: Range<Int>, sign: Unicode.Scalar?, isVariable: Bool) -> Int {
        let lastVisible = scalars[range].lastIndex { !$0.isPythonSpace }
        if sign == "-" { return lastVisible.map { $0 + 1 } ?? range.lowerBound }
        guard sign == nil, !isVariable else { return range.upperBound }
        let newline = scalars[range].lastIndex { $0 == "\n" }
        guard newline != nil || isAtLineStart else { return range.upperBound }
        let lineStart = newline.map { $0 + 1 } ?? range.lowerBound
        let isBlank = lastVisible.map { $0 < lineStart } ?? true
        return isBlank ? lineStart : range.upperBound
    }

    private mutating func lexComment(from tag: Int) throws(JinjaError) {
        while index < scalars.count {
            let hasSign = scalars[index] == "-" || scalars[index] == "+"
            if hasSign, hasSymbol("#}", at: index + 1) {
                let strips = scalars[index] == "-"
                return finishTag(length: 3, strips: strips, trimsNewline: false)
            }
            if hasSymbol("#}", at: index) {
                return finishTag(length: 2, strips: false, trimsNewline: true)
            }
            index += 1
        }
        throw failure("the comment that starts here has no '#}'", at: tag)
    }

    // MARK: - Raw blocks

    /// When the tag at `index` (behind its sign) is `raw`, where the raw text begins.
    private func endOfRawBegin() -> Int? {
        var offset = index
        func skipSpace() { while offset < scalars.count, scalars[offset].isPythonSpace { offset += 1 } }
        skipSpace()
        guard hasSymbol("raw", at: offset) else { return nil }
        offset += 3
        skipSpace()
        if hasSymbol("-%}", at: offset) {
            offset += 3
            skipSpace()
            return offset
        }
        return hasSymbol("%}", at: offset) ? offset + 2 : nil
    }

    private mutating func lexRaw(from tag: Int, bodyStart: Int) throws(JinjaError) {
        isAtLineStart = scalars[bodyStart - 1] == "\n"
        index = bodyStart
        while index < scalars.count {
            let end = index
            guard hasSymbol("{%", at: end) else {
                index += 1
                continue
            }
            index += 2
            let sign = takeSign()
            skipWhitespace()
            guard hasSymbol("endraw", at: index) else {
                index = end + 1
                continue
            }
            index += 6
            skipWhitespace()
            let closing = closingLength()
            guard closing > 0 else {
                index = end + 1
                continue
            }
            emitText(bodyStart..<strippedEnd(of: bodyStart..<end, sign: sign, isVariable: false))
            let strips = scalars[index] == "-"
            return finishTag(length: closing, strips: strips, trimsNewline: closing == 2)
        }
        throw failure("the raw block that starts here has no '{% endraw %}'", at: tag)
    }

    /// The length of a block's closing delimiter at `index`, 0 when there is none.
    func closingLength() -> Int {
        if hasSymbol("%}", at: index) { return 2 }
        return hasSymbol("-%}", at: index) || hasSymbol("+%}", at: index) ? 3 : 0
    }

    /// Newlines become "\n", and one newline at the very end goes, as Jinja does without
    /// keep_trailing_newline.
    private static func normalized(_ source: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(source.unicodeScalars.count)
        var previousIsCarriageReturn = false
        for scalar in source.unicodeScalars {
            if scalar == "\n", previousIsCarriageReturn {
                previousIsCarriageReturn = false
                continue
            }
            previousIsCarriageReturn = scalar == "\r"
            result.append(scalar == "\r" ? "\n" : scalar)
        }
        if result.last == "\n" { result.removeLast() }
        return result
    }
}
