// Runs simulations of the engine's scheduler; `make simulate SEED=7 STEPS=100000` calls it.
internal import EngineSimulation

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

@main
struct Simulator {
    /// Steps of one engine, before another seed draws another one.
    private static let stepsPerEngine = 500

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard arguments.count == 2, CommandLine.arguments.count == 3 else {
            print("usage: Simulator FIRST-SEED STEPS")
            exit(2)
        }
        var total = Simulation.Counts()
        var seed = arguments[0]
        while total.steps < arguments[1] {
            var simulation = Simulation(seed: seed)
            if let problem = simulation.run(steps: stepsPerEngine) {
                print("simulation failed: \(problem)")
                print("see it again: make simulate SEED=\(seed) STEPS=1")
                exit(1)
            }
            total.add(simulation.counts)
            seed += 1
        }
        print(
            "\(total.steps) steps of \(seed - arguments[0]) engines: \(total.requests) requests, "
                + "\(total.finished) finished, \(total.cancelled) cancelled, \(total.refused) refused, "
                + "\(total.preemptions) preemptions, \(total.cachedTokens) prompt tokens from the cache, "
                + "\(total.acceptedDraftTokens) drafts accepted, \(total.sessionTurns) session turns")
    }
}
