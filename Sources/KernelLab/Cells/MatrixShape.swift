/// The shape of a linear layer's weight.
package struct MatrixShape: Sendable, Hashable, CustomStringConvertible {
    package let outputs: Int
    package let inputs: Int

    /// Larger than the largest vocabulary and the widest layer.
    package static let limit = 1 << 20

    package init(outputs: Int, inputs: Int) {
        self.outputs = outputs
        self.inputs = inputs
    }

    /// `NxK`: outputs and inputs.
    package init(parsing text: String, field: String = "--shape") throws(LabError) {
        let numbers = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard numbers.count == 2, let outputs = numbers[0], let inputs = numbers[1],
            (1...Self.limit).contains(outputs), (1...Self.limit).contains(inputs)
        else {
            throw .value(
                field: field, found: "'\(text)'",
                expected: "outputs x inputs, each 1...\(Self.limit), such as 2048x8192")
        }
        self.init(outputs: outputs, inputs: inputs)
    }

    package var description: String { "\(outputs)x\(inputs)" }
}
