/// A node of a template's body.
indirect enum Statement: Sendable {
    case text(Text)
    case output(Expression)
    case conditional(branches: [(test: Expression, body: [Statement])], otherwise: [Statement])
    case loop(Loop)
    case assignment(AssignmentTarget, Expression)
    /// `{% set name | filter %}…{% endset %}`; the expression is the filter chain over the rendered block.
    case blockAssignment(AssignmentTarget, Expression, body: [Statement])
    case macro(MacroDefinition)
    case callBlock(Expression, caller: MacroDefinition)
    /// `{% filter name %}…{% endfilter %}`; the expression is the filter chain over the rendered block.
    case filterBlock(Expression, body: [Statement])
    case with([(target: AssignmentTarget, value: Expression)], body: [Statement])
    /// `{% generation %}`: what the assistant is to produce, which renders as itself in a scope of its own.
    case generation([Statement])
    case autoescape(Expression, body: [Statement])
    case block(InheritanceBlock)
    case breakLoop
    case continueLoop
}

/// `{% block name %}`, which renders in place, as there is no template to inherit from.
struct InheritanceBlock: Sendable {
    let name: String
    /// Whether the block sees the variables of the loops around it.
    let isScoped: Bool
    let body: [Statement]
}

struct Loop: Sendable {
    let target: AssignmentTarget
    let iterable: Expression
    let condition: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
}

/// What `set`, `for` and `with` assign to.
indirect enum AssignmentTarget: Sendable {
    case name(String)
    case namespaceAttribute(namespace: String, attribute: Text, position: Position)
    case tuple([AssignmentTarget], position: Position)
}

/// A macro's signature and body. Shared by reference between the tree and the macro values made from it.
final class MacroDefinition: Sendable {
    /// The macro's name; nil for a call block's body.
    let name: String?
    let parameters: [Parameter]
    let body: [Statement]
    let position: Position
    /// Whether the body names `caller`, `varargs` or `kwargs`; a macro accepts extra arguments only then.
    let usesCaller: Bool
    let usesVariablePositional: Bool
    let usesVariableNamed: Bool

    struct Parameter: Sendable {
        let name: String
        let defaultValue: Expression?
    }

    init(
        name: String?, parameters: [Parameter], body: [Statement], mentionedNames: Set<String>,
        position: Position
    ) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.position = position
        let declared = Set(parameters.map(\.name))
        usesCaller = mentionedNames.contains("caller")
        usesVariablePositional = mentionedNames.contains("varargs") && !declared.contains("varargs")
        usesVariableNamed = mentionedNames.contains("kwargs") && !declared.contains("kwargs")
    }
}
