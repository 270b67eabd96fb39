/// A node of an expression tree, with the place to name when it fails.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case constant(Constant)
        case name(String)
        case list([Expression])
        case tuple([Expression])
        case dictionary([(key: Expression, value: Expression)])
        case attribute(Expression, Text)
        case item(Expression, Expression)
        case slice(start: Expression?, stop: Expression?, step: Expression?)
        case call(Expression, Arguments)
        case filter(String, Expression, Arguments)
        case test(String, Expression, Arguments)
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
        case comparison(Expression, [(operation: ComparisonOperator, operand: Expression)])
        case concatenation([Expression])
        case conditional(test: Expression, then: Expression, otherwise: Expression?)
        /// The text that a `{% filter %}` or `{% set %}` block has just rendered.
        case renderedBlock
    }

    enum Constant: Sendable {
        case none
        case bool(Bool)
        case int(Int)
        case double(Double)
        case string(Text)
    }

    enum UnaryOperator: Sendable {
        case not, minus, plus
    }

    enum BinaryOperator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case floorDivide = "//"
        case remainder = "%"
        case power = "**"
    }

    enum ComparisonOperator: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case contained = "in"
        case notContained = "not in"
    }

    /// The arguments of a call, filter or test.
    struct Arguments: Sendable {
        var positional: [Expression] = []
        var named: [(name: String, value: Expression)] = []
        /// The operand of `*`.
        var spreadPositional: Expression?
        /// The operand of `**`.
        var spreadNamed: Expression?

        var children: [Expression] {
            positional + named.map(\.value) + [spreadPositional, spreadNamed].compactMap(\.self)
        }
    }

    let kind: Kind
    let position: Position
    /// Levels in this tree, bounded by the parser because evaluation and release recurse over them.
    let height: Int

    init(_ kind: Kind, at position: Position, over children: [Expression] = []) {
        self.kind = kind
        self.position = position
        height = 1 + (children.map(\.height).max() ?? 0)
    }
}
