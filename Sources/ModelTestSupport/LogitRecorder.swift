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
        fingerprints.removeAll(keepingCapacity: true)
        for row in 0..<plan.entries.reduce(0, { $0 + $1.logitRows }) {
            fingerprints.append(Self.fingerprint(runner.logits(row: row)))
        }
        runner.chooseTokens(plan, into: &result)
        record.note(plan, result, fingerprints: fingerprints)
    }

    func profileSteps(with profiler: StepProfiler?) { runner.profileSteps(with: profiler) }

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
