/// AWQ's files, version "gemm": eight outputs in a 32-bit word, in an order of its own.
enum AWQPacking {
    /// The output that each nibble of a word holds, lowest first.
    static let order = [0, 2, 4, 6, 1, 3, 5, 7]
    static let outputsPerWord = 8

    static func tensors(_ weights: QuantizedWeights, name: String) throws(QuantizationError) -> [OutputTensor]
    {
        guard weights.outputs % outputsPerWord == 0 else {
            throw .outputs(tensor: name + ".weight", outputs: weights.outputs, multiple: outputsPerWord)
        }
        let words = weights.outputs / outputsPerWord
        let values = packed(rows: weights.inputs, words: words) { input, output in
            weights.values[output * weights.inputs + input]
        }
        let zeros = packed(rows: weights.groups, words: words) { group, output in
            weights.zeros[output * weights.groups + group]
        }
        return [
            OutputTensor(name + ".qweight", [weights.inputs, words], values),
            OutputTensor(name + ".qzeros", [weights.groups, words], zeros),
            OutputTensor(name + ".scales", [weights.groups, weights.outputs], halves: weights.scalesByGroup),
        ]
    }

    private static func packed(rows: Int, words: Int, _ value: (Int, Int) -> UInt8) -> [UInt32] {
        var result = [UInt32](repeating: 0, count: rows * words)
        for row in 0..<rows {
            for word in 0..<words {
                var packed: UInt32 = 0
                for (nibble, output) in order.enumerated() {
                    packed |= UInt32(value(row, word * outputsPerWord + output)) << (4 * UInt32(nibble))
                }
                result[row * words + word] = packed
            }
        }
        return result
    }
}

extension QuantizedWeights {
    /// [groups][outputs]
    var scalesByGroup: [UInt16] {
        var result = [UInt16](repeating: 0, count: scales.count)
        for output in 0..<outputs {
            for group in 0..<groups { result[group * outputs + output] = scales[output * groups + group] }
        }
        return result
    }
}
