import EngineSimulation
import Testing

/// Random arrivals, cancellations, sessions and drafts on tiny caches. `make simulate SEED=… STEPS=…` runs one again.
@Suite struct SimulationTests {
    /// 200 engines of 500 steps each, and what it takes to let everything end.
    @Test func everyReplyIsWhatItWouldBeAloneAndNothingIsLost() {
        var total = Simulation.Counts()
        for seed in UInt64(1)...200 {
            var simulation = Simulation(seed: seed)
            if let problem = simulation.run(steps: 500) {
                Issue.record("\(problem)")
                return
            }
            total.add(simulation.counts)
        }
        #expect(total.steps >= 100_000)
        // All that can happen has happened: otherwise the simulation shows less than it claims to.
        #expect(total.finished > 5_000 && total.cancelled > 500 && total.refused > 500)
        #expect(total.preemptions > 100)
        #expect(total.cachedTokens > 10_000)
        #expect(total.acceptedDraftTokens > 1_000)
        #expect(total.sessionTurns > 1_000)
    }
}
