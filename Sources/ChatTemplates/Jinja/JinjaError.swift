/// Why a Jinja template was refused or stopped, and where in the template.
package struct JinjaError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The template does not parse.
        case syntax
        /// A variable, attribute, filter or parameter does not exist.
        case undefined
        /// An operation does not fit the types it was given.
        case type
        /// A value is out of the range that an operation accepts.
        case value
        /// The template touched what a sandboxed template may not touch.
        case security
        /// The template exceeded one of `JinjaLimits`.
        case limit
        /// The template itself called `raise_exception`.
        case raised
    }

    package let kind: Kind
    /// What was found and what was expected; for `raised`, the template's own words.
    package let message: String
    /// 1-based line in the template.
    package let line: Int
    /// 1-based column in the template, in Unicode scalars.
    package let column: Int

    package var description: String {
        "chat template, line \(line), column \(column): \(message)"
    }

    init(_ kind: Kind, _ message: String, at position: Position) {
        self.kind = kind
        self.message = message
        line = position.line
        column = position.column
    }
}

/// A place in a template's source.
struct Position: Sendable, Equatable {
    var line: Int
    var column: Int

    static let start = Position(line: 1, column: 1)
}
