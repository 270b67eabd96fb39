/// How a model folder says that its linear layers are quantised.
package struct WeightQuantization: Sendable {
    package enum Method: String, Sendable {
        case awq
        case gptq
        case compressedTensors = "compressed-tensors"
        /// LMDeploy's 8-bit weights for inputs of 8 bits.
        case smoothQuant = "smooth_quant"
        case fp8
    }

    package let method: Method
    /// Bits of a weight; nil where that is not said, or layers differ.
    var bits: Int?
    /// Inputs that share a scale, -1 for all of them; nil where that is not said.
    package var group: Int?
    /// Whether zero points are in the middle of the integers' range; nil where that is not said.
    var isSymmetric: Bool?
    /// Whether GPTQ assigned inputs to groups in the order of their activations.
    var ordersByActivation = false
    /// Whether zero points are stored less one, as in GPTQ's first format.
    var storesZerosLessOne = false
    /// Rows and columns of 8-bit floats that share a scale where scales form a matrix; nil where that is not said.
    var scaleBlock: (rows: Int, columns: Int)?
    /// Linear layers that are not quantised, as the configuration names them. What a layer's tensors are decides.
    var exceptions: [String] = []

    init(_ method: Method) { self.method = method }
}

extension WeightQuantization: CustomStringConvertible {
    /// One line for people: "awq, 4 bits, groups of 128, without lm_head".
    package var description: String {
        var parts = [method.rawValue]
        if let bits { parts.append("\(bits) bits") }
        switch group {
        case nil: break
        case -1: parts.append("one scale for each output")
        case .some(let group): parts.append("groups of \(group)")
        }
        if let isSymmetric { parts.append(isSymmetric ? "symmetric" : "asymmetric") }
        if ordersByActivation { parts.append("desc_act") }
        if method == .gptq { parts.append(storesZerosLessOne ? "v1" : "v2") }
        if !exceptions.isEmpty {
            let shown = exceptions.prefix(3).map { quoted($0) }.joined(separator: ", ")
            let rest = exceptions.count > 3 ? " and \(exceptions.count - 3) more" : ""
            parts.append("without \(shown)\(rest)")
        }
        return parts.joined(separator: ", ")
    }
}
