import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    /// The reference of all others, checked without an engine.
    static let oneForwardPass = Comparison("token by token, and all tokens in one step without an engine") {
        bench in
        let harness = try bench.harness()
        for (request, reply) in zip(bench.subjects, try await bench.subjectsAlone()) {
            let count = reply.content.logits.count
            let tokens = request.prompt + reply.tokens.prefix(count - 1)
            let expected = harness.fingerprints(tokens, last: count).enumerated().map { offset, fingerprint in
                ReplyContent.Logits(position: request.prompt.count + offset, fingerprint: fingerprint)
            }
            #expect(reply.content.logits == expected)
            #expect(count > 0 && reply.endings == 1)
        }
    }
}
