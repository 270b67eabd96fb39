import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    /// The reference of all others, checked without an engine.
    static let oneForwardPass = Comparison("token by token, and all tokens in one step without an engine") {
        bench in
        let harness = try bench.harness()
        for (request, reply) in zip(bench.subjects, try await bench.alone(bench.subjects)) {
            let rows = harness.fingerprints(request.prompt + reply.tokens)
            let expected = reply.content.logits.indices.map { offset in
                let position = request.prompt.count + offset
                return ReplyContent.Logits(position: position, fingerprint: rows[position - 1])
            }
            #expect(reply.content.logits == expected)
            #expect(!reply.content.logits.isEmpty && reply.endings == 1)
        }
    }
}
