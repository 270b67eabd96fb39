/// Blanks out what is not code in Swift and C: comments and the text of string literals.
///
/// Code inside of interpolations stays, and every byte keeps its place.
struct CodeMask {
    private let input: [UInt8]
    private var output: [UInt8] = []

    static func mask(_ text: String) -> String {
        var mask = CodeMask(input: Array(text.utf8))
        mask.code(isInterpolation: false)
        return String(decoding: mask.output, as: UTF8.self)
    }

    private init(input: [UInt8]) {
        self.input = input
        output.reserveCapacity(input.count)
    }

    private var index: Int { output.count }
    private var isAtEnd: Bool { index >= input.count }

    private func isAt(_ text: String) -> Bool {
        input[index...].starts(with: text.utf8)
    }

    private mutating func keep() { output.append(input[index]) }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<min(count, input.count - index) {
            output.append(input[index] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
        }
    }

    /// - Parameter isInterpolation: ends before the parenthesis that closes the interpolation.
    private mutating func code(isInterpolation: Bool) {
        var depth = 0
        while !isAtEnd {
            if isAt("//") {
                while !isAtEnd, !isAt("\n") { blank() }
            } else if isAt("/*") {
                blockComment()
            } else if let hashes = hashesBeforeQuote() {
                string(hashes: hashes)
            } else if isAt("'\"'") {
                blank(3)
            } else {
                if isAt("(") { depth += 1 }
                if isAt(")") {
                    if isInterpolation && depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                blank(2)
            } else if isAt("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && !isAtEnd
    }

    /// How many `#` stand before the quote of a string literal that begins here.
    private func hashesBeforeQuote() -> Int? {
        let hashes = input[index...].prefix { $0 == UInt8(ascii: "#") }.count
        let quote = index + hashes
        return quote < input.count && input[quote] == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func string(hashes: Int) {
        let hashText = String(repeating: "#", count: hashes)
        let isMultiline = input[(index + hashes)...].starts(with: "\"\"\"".utf8)
        let quote = isMultiline ? "\"\"\"" : "\""
        blank(hashes + quote.utf8.count)
        while !isAtEnd {
            if isAt("\\" + hashText + "(") {
                blank(hashes + 2)
                code(isInterpolation: true)
                if !isAtEnd { blank() }
            } else if isAt("\\" + hashText) {
                blank(hashes + 2)
            } else if isAt(quote + hashText) {
                blank(quote.utf8.count + hashes)
                return
            } else if isAt("\n") && !isMultiline {
                return
            } else {
                blank()
            }
        }
    }
}
