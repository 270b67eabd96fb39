/// One lexical element of a template.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        /// Literal output, whitespace control already applied.
        case text(Text)
        case blockBegin, blockEnd
        case variableBegin, variableEnd
        case name(String)
        case string(Text)
        case integer(Int)
        case double(Double)
        case symbol(Symbol)
        case end
    }

    /// Operators and punctuation.
    enum Symbol: String, Sendable, CaseIterable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case power = "**"
        case divide = "/"
        case floorDivide = "//"
        case remainder = "%"
        case concatenate = "~"
        case leftParenthesis = "("
        case rightParenthesis = ")"
        case leftBracket = "["
        case rightBracket = "]"
        case leftBrace = "{"
        case rightBrace = "}"
        case equal = "=="
        case notEqual = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        case assign = "="
        case dot = "."
        case colon = ":"
        case pipe = "|"
        case comma = ","
        case semicolon = ";"
    }

    let kind: Kind
    let position: Position

    /// How an error message names this token.
    var description: String {
        switch kind {
        case .text: "template text"
        case .blockBegin: "'{%'"
        case .blockEnd: "'%}'"
        case .variableBegin: "'{{'"
        case .variableEnd: "'}}'"
        case .name(let name): "'\(name)'"
        case .string(let text): "string '\(Text(text.scalars.prefix(40)).string)'"
        case .integer(let value): "'\(value)'"
        case .double(let value): "'\(value)'"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end of the template"
        }
    }
}
