/// Finds the linear layers of a model folder whose weights are integers, each in several tensors.
struct IntegerModules {
    private let index: StoredTensorIndex
    private let quantization: WeightQuantization?

    /// How a method's tensors are named behind the name of their layer.
    private struct Names {
        var integers: [String]
        var companions: [String]
    }

    /// - Parameter quantization: what the configuration says; where it says nothing, the tensors' shapes do.
    init(_ index: StoredTensorIndex, _ quantization: WeightQuantization?) {
        self.index = index
        self.quantization = quantization
    }

    /// The parameter whose integers a tensor holds; nil where a tensor is a parameter by itself.
    func parameter(_ stored: StoredTensor) throws(CheckpointError) -> CheckpointTensor? {
        guard let suffix = integerSuffix(of: stored) else { return nil }
        let module = String(stored.name.dropLast(suffix.count))
        if suffix != Self.weight, let other = index[module + Self.weight] {
            throw other.malformed("is there besides \(quoted(stored.name)), expected one of the two")
        }
        let parts = IntegerParts(module: module, integers: stored, index: index)
        let quantization = quantization(of: stored)
        let matrix =
            switch quantization.method {
            case .awq: try parts.awq(quantization)
            case .gptq: try parts.gptq(quantization)
            case .compressedTensors where suffix == Self.weight: try parts.bytes(scales: ".weight_scale")
            case .compressedTensors: try parts.compressed()
            case .smoothQuant, .fp8: try parts.bytes(scales: ".scale")
            }
        return CheckpointTensor(name: module + Self.weight, integers: matrix)
    }

    /// Whether a tensor belongs to the integers of another one.
    func isCompanion(_ stored: StoredTensor) throws(CheckpointError) -> Bool {
        for suffix in names.companions where stored.name.hasSuffix(suffix) {
            let module = String(stored.name.dropLast(suffix.count))
            for name in names.integers {
                if let integers = index[module + name], integerSuffix(of: integers) != nil { return true }
            }
            guard let name = names.integers.first, name != Self.weight, index[module + Self.weight] == nil
            else { continue }
            throw stored.malformed("belongs to \(quoted(module + name)), which is not there")
        }
        return false
    }

    /// What the configuration says, or else the shapes of the tensor and its scales: AWQ has words of outputs and
    /// GPTQ words of inputs, as its first programs wrote them.
    func quantization(of stored: StoredTensor) -> WeightQuantization {
        if let quantization { return quantization }
        let module = stored.name.dropLast(".qweight".count)
        let isGPTQ = index[String(module) + ".scales"]?.shape.last == stored.shape.last
        var guess = WeightQuantization(isGPTQ ? .gptq : .awq)
        guess.bits = 4
        guess.storesZerosLessOne = isGPTQ
        return guess
    }

    // MARK: - Internals

    private static let weight = ".weight"

    private var names: Names {
        switch quantization?.method {
        case .awq, .gptq, nil: Names(integers: [".qweight"], companions: [".qzeros", ".scales", ".g_idx"])
        case .compressedTensors:
            Names(
                integers: [".weight_packed", Self.weight],
                companions: [
                    ".weight_scale", ".weight_zero_point", ".weight_shape", ".weight_g_idx",
                ])
        case .smoothQuant: Names(integers: [Self.weight], companions: [".scale"])
        case .fp8: Names(integers: [], companions: [])
        }
    }

    private func integerSuffix(of stored: StoredTensor) -> String? {
        names.integers.first {
            stored.name.hasSuffix($0) && ($0 != Self.weight || stored.element == .other(.int8))
        }
    }
}
