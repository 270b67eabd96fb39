import ModelTestSupport
import Synchronization
import Tensors
import TestSupport
import TurboMind

/// A model to compare replies of, and requests of the length that suits it.
struct Bench {
    let model: TestModel
    private let test: ExactnessCase
    /// Natural text for a model that has learned some.
    private let text: [Int32]

    init(_ test: ExactnessCase) throws {
        self.test = test
        model = try ModelShelf.shared.model(test.model, test.weights)
        text = test.model == .standard ? try GoldenDefaultModel().perplexity.ids.map(Int32.init) : []
    }

    /// A small model in the usual formats, for tests of what does not depend on them.
    init() throws { try self.init(ExactnessCase(model: .tiny("smollm-like"), weights: .w4, cache: .fp16)) }

    /// Whether steps are slow.
    var isLarge: Bool { test.model == .standard }

    /// Smaller for the default model.
    func size(_ tiny: Int, _ standard: Int) -> Int { isLarge ? standard : tiny }

    // MARK: Engines

    /// One thread, and every prompt computed at once by who asks.
    var plainSetup: EngineHarness.Setup {
        EngineHarness.Setup(cacheElement: test.cache).with {
            $0.cachesPrefixes = false
        }
    }

    func engine(_ change: (inout EngineHarness.Setup) -> Void = { _ in }) throws -> EngineHarness {
        try EngineHarness(model, plainSetup.with(change))
    }

    /// How many threads engines have that need not be plain: enough for a slow model.
    var threads: Int { size(1, 2) }

    /// What each request gets when nobody else asks.
    func alone(_ requests: [GenerationRequest]) async throws -> [Reply] {
        try await engine().repliesInTurn(to: requests)
    }

    /// What each of ``subjects`` gets when nobody else asks. Computed once for all comparisons.
    func subjectsAlone() async throws -> [Reply] {
        if let replies = Self.aloneReplies.withLock({ $0[test] }) { return replies }
        let replies = try await alone(subjects)
        Self.aloneReplies.withLock { $0[test] = replies }
        return replies
    }

    private static let aloneReplies = Mutex<[ExactnessCase: [Reply]]>([:])

    /// Computes any tokens in one step, without an engine.
    func harness() throws -> ModelHarness {
        try ModelHarness(model, cacheElement: test.cache)
    }

    // MARK: Requests

    func prompt(_ count: Int, salt: Int = 0) -> [Int32] {
        if isLarge {
            let start = salt * 97 % (text.count - count)
            return Array(text[start..<start + count])
        }
        var random = SeededGenerator(seed: UInt64(count * 1000 + salt))
        return (0..<count).map { _ in Int32.random(in: 0..<Int32(model.vocabulary), using: &random) }
    }

    /// One of each kind: greedy; sampled in several ways; scored; with a minimum and many tokens to stop at.
    var subjects: [GenerationRequest] {
        let count = size(30, 8)
        let stop = stride(from: Int32(3), to: Int32(model.vocabulary), by: 17).map(\.self)
        return [
            .init(prompt: prompt(5), maxNewTokens: count),
            .init(
                prompt: prompt(size(64, 20)), maxNewTokens: count,
                sampling: .init(temperature: 0.9, topK: 40, topP: 0.95, seed: 1)),
            .init(
                prompt: prompt(size(130, 40)), maxNewTokens: count,
                sampling: .init(temperature: 1.2, repetitionPenalty: 1.2, seed: 2)),
            .init(
                prompt: prompt(size(200, 66)), maxNewTokens: count,
                sampling: .init(temperature: 0, topK: 1, repetitionPenalty: 1.1)),
            .init(prompt: prompt(size(70, 30), salt: 1), maxNewTokens: 4, scoresPrompt: true),
            .init(
                prompt: prompt(9), maxNewTokens: count, minNewTokens: 4, stopTokens: stop,
                sampling: .init(temperature: 0.7, minP: 0.05, seed: 3)),
        ]
    }
}
