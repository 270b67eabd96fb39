package import Models

/// How long a run takes, before it starts.
package struct QuantizationEstimate: Sendable {
    private let geometry: ModelGeometry
    private let options: QuantizationOptions
    /// Of fused multiply-adds in fp32, per second.
    private let gigaoperations: Double

    /// - Parameter gigaoperations: 10^9 operations per second of all threads, a multiply and an add being two.
    package init(geometry: ModelGeometry, options: QuantizationOptions, gigaoperations: Double) {
        self.geometry = geometry
        self.options = options
        self.gigaoperations = gigaoperations
    }

    /// What of the ceiling whole blocks reach.
    private static let efficiency = 0.5
    /// Weights that are read, rounded and packed per second.
    private static let roundingRate = 60e6
    /// Multiply-adds per second outside of the kernels.
    private static let plainRate = 3e9

    package func seconds(tokens: Int) -> Double {
        let (attention, mlp) = (Double(attentionWeights), Double(mlpWeights))
        let output = Double(geometry.attendedWidth * geometry.hidden)
        let down = Double(geometry.hidden * geometry.intermediate)
        let all = attention + mlp
        let trials = options.searchesScales ? Double(ScaleSearch.ratios.count) : 0
        // Forward, and twice for the report; a trial computes a whole half of the block.
        var products = 3 * all
        var rounded = 4 * all
        if options.method == .awq || options.method == .smoothQuant {
            products += trials * (attention + output + mlp + down)
            rounded += trials * all
        }
        var plain = 0.0
        if options.searchesClips { plain += all * Double(options.group * ClipSearch.fractions.count) / 2 }
        if options.method == .gptq {
            // For each of the blocks' inputs: their products, the factor, and the weights behind them.
            var factors = 0.0
            for inputs in [geometry.hidden, geometry.attendedWidth, geometry.hidden, geometry.intermediate] {
                let inputs = Double(inputs)
                products += inputs * inputs
                factors += inputs * inputs * inputs
            }
            factors += (all - down) * Double(geometry.hidden) / 2 + down * Double(geometry.intermediate) / 2
            products += factors / Double(max(tokens, 1))
            rounded += 8 * all
        }
        let perLayer =
            2 * products * Double(tokens) / (gigaoperations * 1e9 * Self.efficiency) + rounded
            / Self.roundingRate
            + plain / Self.plainRate
        return perLayer * Double(geometry.layers)
    }

    private var attentionWeights: Int {
        geometry.hidden * geometry.queryKeyValueWidth + geometry.attendedWidth * geometry.hidden
    }

    private var mlpWeights: Int { 3 * geometry.hidden * geometry.intermediate }
}
