internal import Synchronization
internal import TurboMind

/// Computes an engine's steps and remembers the bits of the logits that chose each token.
///
/// The executor is the engine thread's; the record is everybody's.
final class LogitRecorder: StepExecutor {
    private let runner: ModelRunner
    private let record: StepRecord
    private var fingerprints: [UInt64] = []

    init(_ runner: ModelRunner, record: StepRecord) {
        self.runner = runner
        self.record = record
    }

    func begin(
        slot: Int, request: GenerationRequest, prompt: ArraySlice<Int32>, reply: ArraySlice<Int32>
    ) {
        runner.begin(slot: slot, request: request, prompt: prompt, reply: reply)
    }

    func execute(_ plan: StepPlan, into result: inout StepResult) {
        record.beginStep(plan)
        runner.computeLogits(plan)
        // Before the sampler changes them.
        fingerprints.removeAll(keepingCapacity: true)
        for row in 0..<plan.entries.reduce(0, { $0 + $1.logitRows }) {
            fingerprints.append(Self.fingerprint(runner.logits(row: row)))
        }
        runner.chooseTokens(plan, into: &result)
        record.note(plan, result, fingerprints: fingerprints)
    }

    /// Tells rows apart that differ in a bit: each step of the sum is a bijection of what came before.
    static func fingerprint(_ row: UnsafeMutableBufferPointer<Float>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in row {
            hash = (hash ^ UInt64(value.bitPattern)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        return hash
    }
}

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

    /// Has `body` called at the beginning of every step, on the engine's thread, with the number of steps before it.
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
