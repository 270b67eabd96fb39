/// How weights become small integers.
package enum QuantizationMethod: String, Sendable, CaseIterable, Codable {
    /// Activation-aware weight quantisation (Lin et al. 2023).
    case awq
    /// Optimal brain quantisation, layer by layer (Frantar et al. 2022).
    case gptq
    /// 8-bit weights for 8-bit activations (Xiao et al. 2022).
    case smoothQuant
    /// Round to nearest.
    case rtn
}

package struct QuantizationOptions: Sendable, Equatable {
    package var method: QuantizationMethod
    /// Inputs that share a scale; of no meaning for 8 bits.
    package var group: Int
    package var isSymmetric: Bool
    /// AWQ and SmoothQuant: try scales rather than computing them.
    package var searchesScales: Bool
    /// AWQ: look for where to cut weights off.
    package var searchesClips: Bool

    package init(
        method: QuantizationMethod, group: Int = 128, isSymmetric: Bool = false, searchesScales: Bool = false,
        searchesClips: Bool = false
    ) {
        self.method = method
        self.group = group
        self.isSymmetric = isSymmetric
        self.searchesScales = searchesScales
        self.searchesClips = searchesClips
    }

    /// The group lengths that can be asked for.
    package static let groups = [32, 64, 128]

    /// The largest supported group of at most `wanted` inputs that divides all of `inputs`.
    package static func fittingGroup(_ wanted: Int, inputs: [Int]) -> Int? {
        groups.reversed().first { group in group <= wanted && inputs.allSatisfy { $0 % group == 0 } }
    }
}
