/// Why a tokenizer could not be built: which part of the file, what it holds, and what to do.
package struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case malformedJSON
        case missingField
        case wrongType
        case unsupported
        case inconsistent
        case outOfRange
    }

    package let code: Code
    /// File part and field, for example `tokenizer.json: model.merges[3]`.
    package let field: String
    package let found: String
    package let expected: String
    package let advice: String

    package init(_ code: Code, field: String, found: String, expected: String, advice: String) {
        self.code = code
        self.field = field
        self.found = found
        self.expected = expected
        self.advice = advice
    }

    package var description: String {
        "\(field): found \(found), expected \(expected); \(advice)"
    }
}

extension TokenizerError {
    static let damagedFileAdvice = "the file is damaged or was edited by hand, fetch the model again"
    static let conversionAdvice = "use a model whose tokenizer has only components that are listed here"

    /// Text from a file, made safe for a one-line message: quoted, escaped, at most 160 bytes.
    static func quote(_ bytes: some Collection<UInt8>) -> String {
        let limit = 160
        let shown = String(decoding: bytes.prefix(limit), as: UTF8.self)
        let escaped = shown.unicodeScalars.reduce(into: "") { text, scalar in
            let isControl = scalar.value < 0x20 || scalar.value == 0x7F
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "\"\(escaped)\"" + (bytes.count > limit ? "…" : "")
    }

    static func quote(_ text: String) -> String {
        quote(Array(text.utf8))
    }
}
