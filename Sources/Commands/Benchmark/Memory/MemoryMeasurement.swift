/// Planned and measured memory of one configuration, in bytes.
package struct MemoryMeasurement: Sendable, Equatable, Codable {
    package var weightBytes: Int
    package var kvCacheBytes: Int
    package var scratchBytes: Int
    package var otherBytes: Int
    package var kvBytesPerToken: Int
    /// Blocks of the KV cache, and how many of them the batch held at the same time.
    package var blocks: Int
    package var blocksHeld: Int
    /// Largest resident set of the process, from its start to its end.
    package var peakResidentBytes: Int
    /// Memory at the end that is no page of a file; `nil` where the system does not tell.
    package var anonymousBytes: Int?

    package init(
        weightBytes: Int, kvCacheBytes: Int, scratchBytes: Int, otherBytes: Int, kvBytesPerToken: Int,
        blocks: Int, blocksHeld: Int, peakResidentBytes: Int, anonymousBytes: Int?
    ) {
        self.weightBytes = weightBytes
        self.kvCacheBytes = kvCacheBytes
        self.scratchBytes = scratchBytes
        self.otherBytes = otherBytes
        self.kvBytesPerToken = kvBytesPerToken
        self.blocks = blocks
        self.blocksHeld = blocksHeld
        self.peakResidentBytes = peakResidentBytes
        self.anonymousBytes = anonymousBytes
    }

    package var plannedBytes: Int { weightBytes + kvCacheBytes + scratchBytes + otherBytes }

    /// Measured over planned memory.
    package var ratio: Double { Double(peakResidentBytes) / Double(plannedBytes) }

    /// How far the resident set may go beyond the plan: what a running program touches that no plan lists, such as
    /// stacks and pages of its own code.
    package static let tolerance = 1.05

    package var isWithinPlan: Bool { ratio <= Self.tolerance }
}

/// A configuration and what came of it.
package struct MemoryResult: Sendable, Equatable, Codable {
    package var configuration: MemoryCase
    package var measurement: MemoryMeasurement?
    /// Why there is no measurement.
    package var problem: String?

    package init(_ configuration: MemoryCase, _ measurement: MemoryMeasurement) {
        self.configuration = configuration
        self.measurement = measurement
    }

    package init(_ configuration: MemoryCase, problem: String) {
        self.configuration = configuration
        self.problem = problem
    }

    package var isGood: Bool { measurement?.isWithinPlan == true }
}
