internal import Checkpoints

/// A linear layer's weight as it will be quantised: read from the checkpoint row by row, with what was moved into or
/// out of it multiplied in.
struct WeightRows: Sendable {
    let tensor: CheckpointTensor
    /// Factor of each input, `nil` for ones.
    var inputFactors: [Float]?
    /// Factor of each output, `nil` for ones.
    var outputFactors: [Float]?

    init(_ tensor: CheckpointTensor) { self.tensor = tensor }

    var name: String { tensor.name }
    var outputs: Int { tensor.rowCount }
    var inputs: Int { tensor.rowLength }

    /// Writes [rows][inputs].
    func read(_ rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>) {
        tensor.readFloats(rows: rows, into: values)
        for (index, row) in rows.enumerated() {
            let outputFactor = outputFactors?[row] ?? 1
            let base = index * inputs
            if let inputFactors {
                for input in 0..<inputs { values[base + input] *= inputFactors[input] * outputFactor }
            } else if outputFactor != 1 {
                for input in 0..<inputs { values[base + input] *= outputFactor }
            }
        }
    }
}
