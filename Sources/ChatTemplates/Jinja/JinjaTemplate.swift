/// A parsed Jinja template with the semantics of Hugging Face `transformers`: Jinja2's immutable sandbox with
/// `trim_blocks`, `lstrip_blocks`, loop controls, `{% generation %}`, and JSON output without HTML escapes.
///
/// Strings are sequences of Unicode scalars, as Python's are; no comparison normalises.
package struct JinjaTemplate: Sendable {
    private let body: [Statement]

    /// Parses `source`, which may be hostile: nesting, size and syntax are checked.
    package init(_ source: String) throws(JinjaError) {
        var lexer = try Lexer(source)
        var parser = Parser(tokens: try lexer.tokenize())
        body = try parser.parseTemplate()
    }

    /// The text that the template makes of `context`.
    ///
    /// - Parameter utcSeconds: the moment that `strftime_now` formats, in seconds since 1970, shown in UTC;
    ///   without it, the present in the local time zone.
    package func render(_ context: [String: JinjaValue], utcSeconds: Int? = nil) throws(JinjaError) -> String
    {
        let interpreter = Interpreter(clock: utcSeconds.map(Clock.fixed) ?? .system)
        defer { interpreter.releaseRetainedObjects() }
        let globals = Scope(parent: nil)
        for (name, value) in context {
            globals.variables[name] = try interpreter.value(of: value)
        }
        var output = Text()
        let scope = Scope(parent: globals)
        interpreter.templateScope = scope
        _ = try interpreter.run(body, in: scope, into: &output)
        return output.string
    }
}
