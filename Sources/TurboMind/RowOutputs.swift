/// What a request wants to see of the rows that are computed for it, besides tokens.
package struct RowOutputs: Sendable, Equatable {
    /// The logits, as the model gives them.
    package var logits: Bool
    /// The output of the last layer, normalised: what the output head multiplies.
    package var hiddenStates: Bool
    /// Also for the tokens of the prompt, all of which are computed then. Otherwise only for the rows that choose the
    /// reply's tokens.
    package var includesPrompt: Bool

    package init(logits: Bool = false, hiddenStates: Bool = false, includesPrompt: Bool = false) {
        self.logits = logits
        self.hiddenStates = hiddenStates
        self.includesPrompt = includesPrompt
    }

    package static let none = RowOutputs()

    var isEmpty: Bool { !logits && !hiddenStates }
}

/// What was computed at a position.
package struct RowOutput: Sendable, Equatable {
    /// Absolute position of the token that was read.
    package var position: Int
    /// Empty when they were not asked for.
    package var logits: [Float]
    /// Empty when they were not asked for.
    package var hiddenState: [Float]

    package init(position: Int, logits: [Float] = [], hiddenState: [Float] = []) {
        self.position = position
        self.logits = logits
        self.hiddenState = hiddenState
    }
}
