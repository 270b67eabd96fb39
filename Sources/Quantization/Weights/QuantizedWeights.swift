internal import Tensors

/// A linear layer in small unsigned integers: `(value - zero) * scale`, a scale and a zero for each output and group
/// of inputs.
struct QuantizedWeights: Sendable {
    let outputs: Int
    let inputs: Int
    /// Inputs that share a scale.
    let group: Int
    /// [outputs][inputs]
    var values: [UInt8]
    /// fp16 bits, [outputs][inputs / group]
    var scales: [UInt16]
    /// [outputs][inputs / group]
    var zeros: [UInt8]

    var groups: Int { inputs / group }

    init(outputs: Int, inputs: Int, group: Int) {
        self.outputs = outputs
        self.inputs = inputs
        self.group = group
        values = Array(repeating: 0, count: outputs * inputs)
        scales = Array(repeating: 0, count: outputs * (inputs / group))
        zeros = Array(repeating: 0, count: outputs * (inputs / group))
    }

    /// Writes a row's values as floats.
    func read(row: Int, into floats: UnsafeMutableBufferPointer<Float>) {
        for index in 0..<groups {
            let scale = HalfFloat.value(scales[row * groups + index])
            let zero = Float(zeros[row * groups + index])
            for input in index * group..<(index + 1) * group {
                floats[input] = (Float(values[row * inputs + input]) - zero) * scale
            }
        }
    }
}

/// A linear layer in signed bytes with one scale for each output.
struct ChannelWeights: Sendable {
    let outputs: Int
    let inputs: Int
    /// [outputs][inputs]
    var values: [Int8]
    /// [outputs]
    var scales: [Float]

    init(outputs: Int, inputs: Int) {
        self.outputs = outputs
        self.inputs = inputs
        values = Array(repeating: 0, count: outputs * inputs)
        scales = Array(repeating: 0, count: outputs)
    }

    func read(row: Int, into floats: UnsafeMutableBufferPointer<Float>) {
        for input in 0..<inputs { floats[input] = Float(values[row * inputs + input]) * scales[row] }
    }
}
