extension QualityReport {
    /// How good a model is, as far as that was measured.
    package struct Measurement: Sendable, Equatable {
        /// `before`, `after`, or what is compared with them.
        package var name: String
        package var perplexity: Double?
        /// Of the perplexity.
        package var standardError: Double?
        /// From the model before; nil for that model itself, and where it was not measured.
        package var divergence: Divergence?

        package init(
            _ name: String, perplexity: Double? = nil, standardError: Double? = nil,
            divergence: Divergence? = nil
        ) {
            self.name = name
            self.perplexity = perplexity
            self.standardError = standardError
            self.divergence = divergence
        }
    }

    /// KL divergence from the model before, in nats, and how often both agree on the most likely token (0...1).
    package struct Divergence: Sendable, Equatable {
        package var mean: Double
        package var median: Double
        package var percentile99: Double
        package var maximum: Double
        package var top1Agreement: Double

        package init(
            mean: Double, median: Double, percentile99: Double, maximum: Double, top1Agreement: Double
        ) {
            self.mean = mean
            self.median = median
            self.percentile99 = percentile99
            self.maximum = maximum
            self.top1Agreement = top1Agreement
        }

        package init(_ result: DivergenceResult) {
            self.init(
                mean: result.mean, median: result.median, percentile99: result.percentile99,
                maximum: result.maximum, top1Agreement: result.top1Agreement)
        }
    }

    /// The models before and after a compression, as ``DivergenceEvaluator`` compared them.
    package static func measurements(_ result: DivergenceResult) -> [Measurement] {
        [
            Measurement(
                "before", perplexity: result.reference.perplexity,
                standardError: result.reference.standardError),
            Measurement(
                "after", perplexity: result.candidate.perplexity,
                standardError: result.candidate.standardError, divergence: Divergence(result)),
        ]
    }

    /// What compressing one linear layer cost.
    package struct LinearError: Sendable, Equatable {
        /// The tensor's name, with or without `.weight`.
        package var name: String
        /// Which layer of the model it is in, from 0; nil outside of them.
        package var layer: Int?
        /// Root of the mean square of the change in its outputs, over that of the outputs.
        package var relativeError: Double
        /// What the method made smallest, in its own unit; nil where it has none.
        package var loss: Double?

        package init(name: String, layer: Int?, relativeError: Double, loss: Double? = nil) {
            self.name = name
            self.layer = layer
            self.relativeError = relativeError
            self.loss = loss
        }

        /// The last part of the name: `q_proj`.
        package var kind: String {
            let parts = name.split(separator: ".").map(String.init)
            let last = parts.last == "weight" ? parts.dropLast().last : parts.last
            return last ?? name
        }
    }

    /// How many linear layers a table of the worst shows.
    static let worstCount = 10

    /// The linear layers of the greatest errors, the worst first; what is no number is worse than any.
    package var worstLinears: [LinearError] {
        func severity(_ linear: LinearError) -> Double {
            linear.relativeError.isNaN ? .infinity : linear.relativeError
        }
        let ranked = linears.enumerated().sorted { left, right in
            let (first, second) = (severity(left.element), severity(right.element))
            return first == second ? left.offset < right.offset : first > second
        }
        return ranked.prefix(Self.worstCount).map(\.element)
    }
}
