import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let speculation = Comparison("without drafts, and with up to 6 in a step") { bench in
        let kinds: [Kind] = [
            Kind("greedy", .greedy, isForLarge: true),
            Kind(
                "greedy, repeating", .init(temperature: 0, topK: 1, repetitionPenalty: 0.9), mustAccept: true),
            Kind(
                "greedy, varying", .init(temperature: 0, topK: 1, repetitionPenalty: 1.1), isTogether: false),
            Kind("sampled", .init(temperature: 0.5, topK: 2, seed: 5)),
            Kind(
                "sampled, repeating", .init(temperature: 0.5, topK: 8, repetitionPenalty: 0.8, seed: 6),
                mustAccept: true, isForLarge: true),
        ]
        for kind in kinds where !bench.isLarge || kind.isForLarge {
            let requests = repeating(bench, kind.sampling)
            let plain = try await bench.alone(requests)
            let drafting = requests.map { request in
                var request = request
                request.maxDraftTokens = 6
                return request
            }
            let engine = try bench.engine {
                $0.threads = bench.threads
                $0.extraLogitRows = 8
            }
            let alone = try await engine.repliesInTurn(to: drafting)
            expectEqual(alone, plain, kind.name)
            // The rows for drafts do not suffice for all.
            if kind.isTogether && !bench.isLarge {
                expectEqual(try await engine.replies(to: drafting), plain, kind.name + ", together")
            }
            let accepted = alone.reduce(0) { $0 + $1.statistics.acceptedDraftTokens }
            #expect(accepted > 0 || !kind.mustAccept, "\(kind.name)")
            #expect(alone.allSatisfy { $0.statistics.draftTokens >= $0.statistics.acceptedDraftTokens })
        }
    }

    private struct Kind {
        let name: String
        let sampling: SamplingParameters
        /// Whether some of the drafts are right whatever the model: it is rewarded for repeating itself.
        let mustAccept: Bool
        /// Whether the requests run together, too.
        let isTogether: Bool
        let isForLarge: Bool

        init(
            _ name: String, _ sampling: SamplingParameters, mustAccept: Bool = false, isTogether: Bool = true,
            isForLarge: Bool = false
        ) {
            self.name = name
            self.sampling = sampling
            self.mustAccept = mustAccept
            self.isTogether = isTogether
            self.isForLarge = isForLarge
        }
    }

    /// Texts of the same few tokens again and again. One of the replies may stop amid right drafts.
    private static func repeating(_ bench: Bench, _ sampling: SamplingParameters) -> [GenerationRequest] {
        (bench.isLarge ? [(6, 8), (11, 4)] : [(3, 12), (11, 4), (30, 3)]).map { length, times in
            let pattern = bench.prompt(length, salt: times)
            return GenerationRequest(
                prompt: (0..<times).flatMap { _ in pattern }, maxNewTokens: bench.size(40, 10),
                minNewTokens: 5, stopTokens: length == 11 ? [pattern[7]] : [], sampling: sampling)
        }
    }
}
