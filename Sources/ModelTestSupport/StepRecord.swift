internal import Synchronization
internal import TurboMind

/// What an engine has computed, step by step.
final class StepRecord: Sendable {
    private let state = Mutex(State())
    /// Held by who wants no step to begin.
    private let gate = Mutex(())

    private struct State {
        var logits: [RequestID: [ReplyContent.Logits]] = [:]
        var activity = EngineActivity()
        var stepBegins: (@Sendable (Int) -> Void)?
    }

    /// Calls `body` while no step begins.
    func withoutSteps<Result>(_ body: () throws -> Result) rethrows -> Result {
        try gate.withLock { _ in try body() }
    }

    /// Has `body` called as every step begins, on the engine's thread, with the number of steps before.
    func whenStepBegins(_ body: (@Sendable (Int) -> Void)?) {
        state.withLock { $0.stepBegins = body }
    }

    var activity: EngineActivity { state.withLock { $0.activity } }

    /// The logits that chose the tokens of a reply, in order.
    func takeLogits(of id: RequestID) -> [ReplyContent.Logits] {
        state.withLock { $0.logits.removeValue(forKey: id) ?? [] }
    }

    func beginStep(_ plan: StepPlan) {
        gate.withLock { _ in }
        let (count, body) = state.withLock { ($0.activity.steps, $0.stepBegins) }
        body?(count)
        state.withLock { $0.activity.note(plan) }
    }

    /// - Parameter fingerprints: of the plan's rows of logits.
    func note(_ plan: StepPlan, _ result: StepResult, fingerprints: [UInt64]) {
        state.withLock { state in
            var row = 0
            var choice = 0
            for entry in plan.entries {
                row += entry.logitRows
                guard entry.samples else { continue }
                let first = row - 1 - entry.draftCount
                let position = entry.firstPosition + entry.count - entry.draftCount
                for offset in 0..<result.counts[choice] {
                    state.logits[entry.id, default: []].append(
                        .init(position: position + offset, fingerprint: fingerprints[first + offset]))
                }
                choice += 1
            }
        }
    }
}

/// How an engine spent its steps.
package struct EngineActivity: Sendable, Equatable {
    package private(set) var steps = 0
    package private(set) var rows = 0
    /// Most sequences and most rows in a step.
    package private(set) var widestBatch = 0
    package private(set) var mostRows = 0

    mutating func note(_ plan: StepPlan) {
        steps += 1
        rows += plan.tokens.count
        widestBatch = max(widestBatch, plan.entries.count)
        mostRows = max(mostRows, plan.tokens.count)
    }
}
