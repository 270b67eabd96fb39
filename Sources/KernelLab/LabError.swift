/// Why kernels could not be measured. `description` is one line.
package enum LabError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An option, or a field of a guard file, has a value that is none.
    case value(field: String, found: String, expected: String)
    /// A format that cannot hold a shape.
    case unrepresentable(format: String, shape: String)
    /// An instruction set that this CPU cannot run.
    case unsupported(instructionSet: String, best: String)
    /// More memory than there is.
    case memory(mebibytes: Int, available: Int)
    /// A guard file that is no JSON.
    case syntax(offset: Int, found: String, expected: String)

    package var description: String {
        switch self {
        case .value(let field, let found, let expected):
            "\(field) is \(found), expected \(expected)"
        case .unrepresentable(let format, let shape):
            "\(format) cannot hold \(shape): leave the format or the shape out"
        case .unsupported(let instructionSet, let best):
            "--isa is \(instructionSet), which this CPU cannot run: use \(best) or all"
        case .memory(let mebibytes, let available):
            "the cells need \(mebibytes) MiB and \(available) MiB are free: ask for smaller shapes or contexts"
        case .syntax(let offset, let found, let expected):
            "the guard file has \(found) at byte \(offset), expected \(expected)"
        }
    }
}
