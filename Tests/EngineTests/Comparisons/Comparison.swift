import ModelTestSupport
import Testing

/// Two ways to come to the same reply.
struct Comparison: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable (Bench) async throws -> Void

    init(_ description: String, _ run: @escaping @Sendable (Bench) async throws -> Void) {
        testDescription = description
        self.run = run
    }

    /// Those that are made with the default model, too.
    static let standard = [
        oneForwardPass, strangers, chunks, prefixCache, arrivingTogether, preemption, threads, speculation,
        sessions,
    ]

    static let all = standard + [blockLengths]

    /// Records an issue for every reply that differs in a bit.
    static func expectEqual(
        _ found: [Reply], _ expected: [Reply], _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        for (place, (found, expected)) in zip(found, expected).enumerated() {
            let difference = found.content.difference(from: expected.content)
            #expect(difference == nil, "request \(place) \(comment)", sourceLocation: sourceLocation)
            #expect(found.endings == 1, "request \(place) \(comment)", sourceLocation: sourceLocation)
        }
    }
}
