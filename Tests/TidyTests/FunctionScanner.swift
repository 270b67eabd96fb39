/// Finds the functions, initialisers and subscripts of masked Swift code.
struct FunctionScanner {
    struct Function: Equatable {
        /// Counted from 0.
        var firstLine: Int
        var lineCount: Int
    }

    private let bytes: [UInt8]

    static func functions(in code: String) -> [Function] {
        FunctionScanner(bytes: Array(code.utf8)).functions()
    }

    private static let keywords: Set<String> = ["func", "init", "deinit", "subscript"]
    /// Words that begin the next declaration: the one before had no body.
    private static let declarations: Set<String> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "static", "associatedtype", "typealias",
        "mutating", "struct", "enum", "class", "protocol", "extension", "package", "public", "internal",
        "private",
        "fileprivate", "final", "override",
    ]

    private func functions() -> [Function] {
        var functions: [Function] = []
        var line = 0
        var index = 0
        while index < bytes.count {
            if let word = word(at: index) {
                if Self.keywords.contains(word), !isMember(index),
                    let end = endOfBody(after: index + word.utf8.count)
                {
                    let lineCount = bytes[index...end].count { $0 == UInt8(ascii: "\n") } + 1
                    functions.append(Function(firstLine: line, lineCount: lineCount))
                }
                index += word.utf8.count
            } else {
                if bytes[index] == UInt8(ascii: "\n") { line += 1 }
                index += 1
            }
        }
        return functions
    }

    /// The position of the brace that closes the body; `nil` for a declaration without one.
    private func endOfBody(after start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < bytes.count {
            if depth == 0, let word = word(at: index) {
                if Self.declarations.contains(word) { return nil }
                index += word.utf8.count
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return closingBrace(from: index)
            case UInt8(ascii: "}") where depth == 0, UInt8(ascii: "#") where depth == 0: return nil
            default: break
            }
            index += 1
        }
        return nil
    }

    private func closingBrace(from start: Int) -> Int? {
        var depth = 0
        for index in start..<bytes.count {
            if bytes[index] == UInt8(ascii: "{") { depth += 1 }
            if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    /// The identifier that begins at `index`.
    private func word(at index: Int) -> String? {
        guard Self.isIdentifier(bytes[index]), index == 0 || !Self.isIdentifier(bytes[index - 1]) else {
            return nil
        }
        return String(decoding: bytes[index...].prefix(while: Self.isIdentifier), as: UTF8.self)
    }

    /// Whether a dot or backtick stands before: `self.init(…)` is a call.
    private func isMember(_ index: Int) -> Bool {
        index > 0 && (bytes[index - 1] == UInt8(ascii: ".") || bytes[index - 1] == UInt8(ascii: "`"))
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
