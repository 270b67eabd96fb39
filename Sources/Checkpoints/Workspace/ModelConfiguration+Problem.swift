extension ModelConfiguration {
    /// The first field with a number that no model has, and what was expected; nil when there is none.
    ///
    /// The readers of GGUF files and model folders check each field as they read it.
    var problem: String? {
        let sizes: [(String, Int, ClosedRange<Int>)] = [
            ("hiddenSize", hiddenSize, 1...ModelLimits.size),
            ("intermediateSize", intermediateSize, 1...ModelLimits.size),
            ("layerCount", layerCount, 1...ModelLimits.layers),
            ("attentionHeadCount", attentionHeadCount, 1...ModelLimits.size),
            ("keyValueHeadCount", keyValueHeadCount, 1...ModelLimits.size),
            ("headDimension", headDimension, 1...ModelLimits.size),
            ("vocabularySize", vocabularySize, 1...ModelLimits.size),
            ("maximumPositions", maximumPositions, 1...ModelLimits.size),
            ("slidingWindow.tokens", slidingWindow?.tokens ?? 1, 1...Int.max),
            ("slidingWindow.layers", slidingWindow?.layers.count ?? 0, 0...ModelLimits.layers),
            ("bosTokenID", Int(bosTokenID ?? 0), 0...Int(Int32.max)),
            ("eosTokenIDs", Int(eosTokenIDs.min() ?? 0), 0...Int(Int32.max)),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            return "\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)"
        }
        // Each is at most 2^28: their product fits.
        let heads = max(attentionHeadCount, keyValueHeadCount)
        if 3 * heads * headDimension > ModelLimits.size {
            return "attentionHeadCount is \(heads) of \(headDimension) dimensions, expected far fewer"
        }
        let numbers: [(String, Double)] = [
            ("rmsNormEpsilon", Double(rmsNormEpsilon)), ("ropeTheta", ropeTheta),
            ("rotaryFraction", rotaryFraction),
        ]
        for (name, value) in numbers + ropeScaling.numbers where !(value.isFinite && value > 0) {
            return "\(name) is \(value), expected a positive number"
        }
        return rotaryFraction <= 1 ? nil : "rotaryFraction is \(rotaryFraction), expected at most 1"
    }
}

extension RopeScaling {
    fileprivate var numbers: [(String, Double)] {
        switch self {
        case .none: []
        case .linear(let factor): [("ropeScaling.factor", factor)]
        case .llama3(let factor, let low, let high, let original):
            [
                ("ropeScaling.factor", factor), ("ropeScaling.lowFrequencyFactor", low),
                ("ropeScaling.highFrequencyFactor", high),
                ("ropeScaling.originalMaximumPositions", Double(original)),
            ]
        case .factors(let factors): factors.map { ("ropeScaling.factors", Double($0)) }
        }
    }
}
