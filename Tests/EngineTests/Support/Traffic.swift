import ModelTestSupport
import Synchronization
import TurboMind

/// Requests that arrive at an engine, and go away again, at the beginning of certain steps.
final class Traffic: Sendable {
    struct Arrival: Sendable {
        var step: Int
        var request: GenerationRequest
        /// When whoever asked goes away; `nil` waits for the reply.
        var leavesAt: Int?
    }

    private let arrivals: [Arrival]
    private let tickets = Mutex<[Int: Result<EngineHarness.Ticket, EngineError>]>([:])

    /// - Parameter arrivals: in the order of their steps.
    init(_ arrivals: [Arrival]) { self.arrivals = arrivals }

    /// The replies to all who stay, by the place of the arrival.
    func replies(on harness: EngineHarness) async throws -> [Int: Reply] {
        harness.whenStepBegins { [unowned harness] step in self.stepBegins(step, on: harness) }
        try harness.withoutSteps {
            for place in arrivals.indices where arrivals[place].step == 0 {
                _ = try ticket(place, on: harness)
            }
        }
        var replies: [Int: Reply] = [:]
        for (place, arrival) in arrivals.enumerated() where arrival.leavesAt == nil {
            // When everybody before has a reply there may be no more steps to arrive at.
            replies[place] = await harness.reply(try ticket(place, on: harness))
        }
        harness.whenStepBegins(nil)
        tickets.withLock { $0 = [:] }
        // Nothing of this is called any more when this is answered.
        _ = await harness.settledStatistics()
        return replies
    }

    private func ticket(_ place: Int, on harness: EngineHarness) throws -> EngineHarness.Ticket {
        try tickets.withLock { tickets in
            if let ticket = tickets[place] { return try ticket.get() }
            let request = arrivals[place].request
            let result = Result { () throws(EngineError) in try harness.submit(request) }
            tickets[place] = result
            return try result.get()
        }
    }

    private func stepBegins(_ step: Int, on harness: EngineHarness) {
        for (place, arrival) in arrivals.enumerated() {
            // A refusal is told where the reply is asked for.
            if arrival.step == step { _ = try? ticket(place, on: harness) }
            // Nobody else holds its stream: dropping it tells the engine.
            if arrival.leavesAt == step { _ = tickets.withLock { $0.removeValue(forKey: place) } }
        }
    }
}
