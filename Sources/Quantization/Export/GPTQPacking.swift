/// GPTQ's files, version 1: eight inputs in a 32-bit word, zeros less one, eight outputs in a word.
enum GPTQPacking {
    static let valuesPerWord = 8
    /// Zeros are stored less one: nothing below this can be.
    static let smallestZero: Float = 1

    static func tensors(_ weights: QuantizedWeights, name: String) throws(QuantizationError) -> [OutputTensor]
    {
        guard weights.outputs % valuesPerWord == 0 else {
            throw .outputs(tensor: name + ".weight", outputs: weights.outputs, multiple: valuesPerWord)
        }
        var values = [UInt32](repeating: 0, count: weights.inputs / valuesPerWord * weights.outputs)
        for output in 0..<weights.outputs {
            for input in 0..<weights.inputs {
                values[input / valuesPerWord * weights.outputs + output] |=
                    UInt32(weights.values[output * weights.inputs + input])
                    << (4 * UInt32(input % valuesPerWord))
            }
        }
        let words = weights.outputs / valuesPerWord
        var zeros = [UInt32](repeating: 0, count: weights.groups * words)
        for group in 0..<weights.groups {
            for output in 0..<weights.outputs {
                zeros[group * words + output / valuesPerWord] |=
                    UInt32(weights.zeros[output * weights.groups + group] - 1)
                    << (4 * UInt32(output % valuesPerWord))
            }
        }
        return [
            OutputTensor(name + ".qweight", [weights.inputs / valuesPerWord, weights.outputs], values),
            OutputTensor(name + ".qzeros", [weights.groups, words], zeros),
            OutputTensor(name + ".scales", [weights.groups, weights.outputs], halves: weights.scalesByGroup),
            OutputTensor(
                name + ".g_idx", [weights.inputs], (0..<weights.inputs).map { UInt32($0 / weights.group) }),
        ]
    }
}
