/// How many samples a cell gets, and which of them count.
package struct SamplePolicy: Sendable, Equatable {
    /// Samples that count, for each cell.
    package var samples: Int
    /// Attempts for each of them at most, all of a cell's attempts together.
    package var attemptsPerSample: Int
    /// Samples in which the ceiling moved by more than this share of it are dropped.
    package var tolerance: Double

    package init(samples: Int, attemptsPerSample: Int = 3, tolerance: Double = Drift.tolerance) {
        self.samples = samples
        self.attemptsPerSample = attemptsPerSample
        self.tolerance = tolerance
    }
}

/// The samples of one cell.
package struct CellSamples: Sendable, Equatable {
    package private(set) var kept: [Sample] = []
    package private(set) var dropped = 0
    private let policy: SamplePolicy

    package init(_ policy: SamplePolicy) { self.policy = policy }

    package var wantsMore: Bool {
        kept.count < policy.samples && kept.count + dropped < policy.samples * policy.attemptsPerSample
    }

    package mutating func add(_ sample: Sample) {
        if sample.drift <= policy.tolerance { kept.append(sample) } else { dropped += 1 }
    }

    /// Whether at least half of the samples that were asked for count.
    package var isSteady: Bool { !kept.isEmpty && 2 * kept.count >= policy.samples }

    /// Medians of the samples that count; `nil` when all were dropped.
    package var ratio: Double? { kept.map(\.ratio).median }
    package var rate: Double? { kept.map(\.rate).median }
    package var ceiling: Double? { kept.map(\.ceiling).median }
}
