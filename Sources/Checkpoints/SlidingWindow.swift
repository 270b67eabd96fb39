/// Attention over the last positions only.
package struct SlidingWindow: Sendable, Equatable, Codable {
    /// Positions a token sees, its own included.
    package var tokens: Int
    /// Whether each layer has it; empty: all have.
    package var layers: [Bool]

    package init(tokens: Int, layers: [Bool] = []) {
        self.tokens = tokens
        self.layers = layers
    }

    /// What a layer's tokens see; `nil`: all positions.
    package func tokens(layer: Int) -> Int? {
        layers.indices.contains(layer) && !layers[layer] ? nil : tokens
    }
}
