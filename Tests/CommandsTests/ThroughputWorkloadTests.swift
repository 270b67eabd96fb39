import Commands
import Testing

@Suite struct ThroughputWorkloadTests {
    private static let synthetic = SyntheticPrompts(tokens: [3, 5, 7, 11])

    private static func promptLength(_ request: ThroughputRequest) -> Int? {
        guard case .tokens(let tokens) = request.prompt else { return nil }
        return tokens.count
    }

    @Test(arguments: [(0.0, 1...40, 1...10), (0.5, 20...40, 5...10), (1.0, 40...40, 10...10)])
    func randomLengthsFillTheirRange(ratio: Double, inputs: ClosedRange<Int>, outputs: ClosedRange<Int>)
        throws
    {
        let workload = RandomWorkload(inputLength: 40, outputLength: 10, rangeRatio: ratio)
        let requests = workload.requests(count: 2000, synthetic: Self.synthetic, seed: 1)
        let prompts = requests.compactMap(Self.promptLength)
        #expect(prompts.count == 2000)
        #expect(Set(prompts) == Set(inputs))
        #expect(Set(requests.map(\.completionTokens)) == Set(outputs))
    }

    @Test func theSeedDecidesEverything() {
        let workload = RandomWorkload(inputLength: 40, outputLength: 10, rangeRatio: 0)
        func requests(_ seed: UInt64) -> [ThroughputRequest] {
            workload.requests(count: 50, synthetic: Self.synthetic, seed: seed)
                .cancelling(share: 0.5, seed: seed)
        }
        #expect(requests(1) == requests(1))
        #expect(requests(1) != requests(2))
        #expect(Set(requests(1).compactMap(Self.promptLength)).count > 5)
    }

    @Test(arguments: [(0.0, 0...0), (0.3, 500...700), (1.0, 2000...2000)])
    func theCancelRateIsAShareOfTheRequests(share: Double, expected: ClosedRange<Int>) {
        let request = ThroughputRequest(prompt: .text("a"), completionTokens: 20)
        let all = Array(repeating: request, count: 2000)
        let cancelled = all.cancelling(share: share, seed: 4).compactMap(\.cancelAfterTokens)
        #expect(expected.contains(cancelled.count))
        #expect(cancelled.allSatisfy { (0..<20).contains($0) })
        if share == 1 { #expect(Set(cancelled).count == 20) }
    }

    /// One token for each word.
    private static func tokens(_ text: String) -> [Int32] {
        text.split(separator: " ").map { Int32($0.count) }
    }

    private static func pair(_ prompt: Int, _ reply: Int) -> ShareGPTDataset.Pair {
        func words(_ count: Int) -> String { Array(repeating: "word", count: count).joined(separator: " ") }
        return ShareGPTDataset.Pair(prompt: words(prompt), reply: words(reply))
    }

    private static let lengths: [(Int, Int, Int?, Bool)] = [
        (3, 10, nil, false), (4, 4, nil, true), (10, 3, nil, false), (1024, 1024, nil, true),
        (1024, 1025, nil, false), (1025, 4, nil, false), (1024, 1, 3000, true), (3, 1, 3000, false),
    ]

    @Test(arguments: lengths)
    func shareGPTsLengthsAreLMDeploys(prompt: Int, reply: Int, fixed: Int?, isUsed: Bool) {
        let requests = ShareGPTDataset(pairs: [Self.pair(prompt, reply)])
            .requests(count: 5, seed: 0, outputLength: fixed, isTokenized: true, tokens: Self.tokens)
        #expect(requests.count == (isUsed ? 1 : 0))
        #expect(requests.allSatisfy { $0.completionTokens == fixed ?? reply })
        #expect(requests.compactMap(Self.promptLength).allSatisfy { $0 == prompt })
    }

    @Test func shareGPTsOrderDependsOnTheSeedAndStopsAtTheCount() {
        let dataset = ShareGPTDataset(pairs: (4..<60).map { Self.pair($0, 8) })
        func prompts(_ seed: UInt64) -> [ThroughputRequest] {
            dataset.requests(
                count: 20, seed: seed, outputLength: nil, isTokenized: false, tokens: Self.tokens)
        }
        #expect(prompts(1).count == 20)
        #expect(prompts(1) == prompts(1))
        #expect(prompts(1) != prompts(2))
        guard case .text = prompts(1)[0].prompt else {
            Issue.record("expected text")
            return
        }
    }

    @Test func shareGPTFilesAreRead() throws {
        let json = """
            [{"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}, \
            {"from": "human", "value": "Bye"}]}, {"id": "b", "conversations": [{"from": "gpt", "value": "alone"}]}]
            """
        let dataset = try ShareGPTDataset(json: Array(json.utf8), path: "file.json")
        #expect(dataset.pairs == [ShareGPTDataset.Pair(prompt: "Hi", reply: "Hello")])
    }

    @Test(arguments: ["", "{", "{}", "[1]", "[{\"items\": []}]", "[{\"conversations\": [{\"value\": 1}]}]"])
    func otherFilesAreRefusedByName(json: String) {
        let error = #expect(throws: ToolError.self) {
            try ShareGPTDataset(json: Array(json.utf8), path: "file.json")
        }
        #expect(error?.description.hasPrefix("cannot read file.json: expected a JSON list") == true)
    }
}
