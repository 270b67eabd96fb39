/// Bounds that keep a hostile template from exhausting time, memory or stack.
///
/// Real chat templates stay three orders of magnitude below the budgets: the largest published ones take a
/// few thousand steps per message and produce each character of the conversation about ten times.
enum JinjaLimits {
    /// Nested brackets, nested statements, and operators in one chain. With the next two, chosen so that the
    /// worst templates fit a stack of 512 KiB, what a secondary thread has on macOS, with room to spare.
    static let syntaxDepth = 100
    /// Evaluations in progress at once, across macro calls; a macro that walks a JSON schema takes about
    /// eight per level of the schema.
    static let evaluationDepth = 200
    /// Containers inside containers.
    static let valueDepth = 100
    /// Scopes that enclose one another through macros that define macros.
    static let scopeDepth = 500
    /// Evaluation steps in one rendering; a step is one expression, statement, or container element touched.
    static let steps = 5_000_000
    /// Scalars written into strings in one rendering, intermediate ones included (4 bytes each).
    static let producedScalars = 32_000_000
    /// Elements of one list.
    static let elements = 1_000_000
    /// Python's sandbox refuses longer ranges.
    static let rangeLength = 100_000
    /// Namespaces and scopes captured by macros, which live until the rendering ends.
    static let retainedObjects = 100_000
    /// Scalars in a template's source.
    static let sourceScalars = 4_000_000
}
