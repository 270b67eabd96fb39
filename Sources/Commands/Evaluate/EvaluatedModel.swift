internal import LMDeploy

/// Which model was measured, for reports.
struct EvaluatedModel: Encodable {
    let name: String
    /// `w4 g32, head w8 g32; kv cache fp16`.
    let format: String

    init(_ weights: LoadedWeights) {
        name = weights.name
        format = weights.formatDescription
    }

    var text: String { "\(name) (\(format))" }
}

/// Names and values, one in each line, for people.
enum FactLines {
    static func text(_ facts: [(name: String, value: String)]) -> String {
        let width = facts.map(\.name.count).max() ?? 0
        return facts.map { $0.name.padded(to: width) + "  " + $0.value.printable() + "\n" }.joined()
    }

    /// `16.551 ± 0.203`.
    static func number(_ value: Double, standardError: Double?, decimals: Int) -> String {
        value.fixed(decimals) + (standardError.map { " ± \($0.fixed(decimals))" } ?? "")
    }
}
