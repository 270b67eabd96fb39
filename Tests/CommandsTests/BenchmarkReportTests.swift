import Commands
import Tensors
import Testing

@Suite struct BenchmarkReportTests {
    private static let work = TokenWork(
        weightBytes: 100_000_000, kvBytesPerContextToken: 1000, multiplyAccumulates: 150_000_000,
        weightFormat: "w4 g32")

    private static func ceilings(_ factor: Double = 1, bf16: Double? = nil) -> CeilingReport {
        func rate(_ value: Double) -> MachineCeilings.Rate {
            MachineCeilings.Rate(oneThread: value * factor, allThreads: 2 * value * factor)
        }
        return CeilingReport(
            MachineCeilings(
                instructionSet: .avx2, threads: 2, memoryReadGigabytesPerSecond: rate(10),
                int8DotGigaoperationsPerSecond: rate(300), int8SignedDotGigaoperationsPerSecond: rate(150),
                bfloat16DotGigaoperationsPerSecond: bf16.map(rate),
                float32GigaoperationsPerSecond: rate(100)),
            processor: "Test CPU")
    }

    private static func reply(_ times: Double...) -> ReplyTimeline {
        var timeline = ReplyTimeline()
        for (index, time) in times.enumerated() { timeline.note(tokens: index + 1, at: time) }
        return timeline
    }

    /// One reply: its prompt takes half a second, then a token every 0.1 s.
    private static var single: ProfileRow {
        ProfileRow(
            batch: 1, promptTokens: 100, completionTokens: 5,
            rounds: [RoundTimeline(replies: [reply(0.5, 0.6, 0.7, 0.8, 0.9)])], work: work,
            memoryBytes: 1_500_000_000, ceilings: ceilings())
    }

    @Test func ratesOfOneReply() throws {
        let row = Self.single
        #expect(row.prefillTokensPerSecond == 200)
        #expect(abs(try #require(row.decodeTokensPerSecond) - 10) < 1e-9)
        #expect(abs(row.outputTokensPerSecond - 5 / 0.9) < 1e-9)
        #expect(row.firstTokenLatencyMeanSeconds == 0.5)
        #expect(abs(try #require(row.tokenLatencyP50Seconds) - 0.1) < 1e-9)
        // (100 MB of weights + 1000 bytes of cache x 102.5 tokens) x 10 per second.
        #expect(abs(try #require(row.decodeGigabytesPerSecond) - 1.001025) < 1e-9)
        #expect(abs(try #require(row.decodeShareOfCeiling) - 1.001025 / 20) < 1e-9)
        // 2 x 1.5e8 multiply-accumulates x 200 per second.
        #expect(abs(try #require(row.prefillGops) - 60) < 1e-9)
        #expect(abs(try #require(row.prefillShareOfCeiling) - 0.1) < 1e-9)
    }

    @Test func ratesOfSeveralReplies() throws {
        let round = RoundTimeline(replies: [Self.reply(0.5, 1.2, 1.5), Self.reply(1.0, 1.2, 1.5)])
        #expect(round.prefillSeconds == 1)
        #expect(round.totalSeconds == 1.5)
        #expect(round.decodedTokenCount == 4)
        let row = ProfileRow(
            batch: 2, promptTokens: 10, completionTokens: 3, rounds: [round, round], work: Self.work,
            memoryBytes: 0,
            ceilings: Self.ceilings())
        #expect(row.prefillTokensPerSecond == 20)
        #expect(row.decodeTokensPerSecond == 8)
        #expect(row.outputTokensPerSecond == 4)
        #expect(row.firstTokenLatencyMinSeconds == 0.5)
        #expect(row.firstTokenLatencyMaxSeconds == 1)
        #expect(row.decodeGigabytesPerSecond == nil)
        #expect(row.prefillGops == nil)
    }

    @Test func aReplyOfOneTokenHasNoDecodeRate() {
        let row = ProfileRow(
            batch: 1, promptTokens: 10, completionTokens: 1,
            rounds: [RoundTimeline(replies: [Self.reply(0.5)])],
            work: Self.work, memoryBytes: 0, ceilings: Self.ceilings())
        #expect(row.decodeTokensPerSecond == nil)
        #expect(row.tokenLatencyP99Seconds == nil)
        #expect(ProfileReport.csv([row]).contains(",,"))
    }

    @Test func tokensThatArriveTogetherShareTheTime() {
        var timeline = ReplyTimeline()
        timeline.note(tokens: 2, at: 1)
        timeline.note(tokens: 2, at: 1.5)
        timeline.note(tokens: 4, at: 2)
        #expect(timeline.tokenTimes == [1, 1, 1.5, 2])
        #expect(timeline.firstTokenSeconds == 1)
        #expect(timeline.tokenLatencies == [0, 0.5, 0.5])
    }

    @Test func csvHasLMDeploysColumnsFirst() {
        let lines = ProfileReport.csv([Self.single]).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines[0].hasPrefix(
                "batch,prompt_tokens,completion_tokens,throughput(out tok/s),mem(GB),FTL(ave)(s),FTL(min)(s),"
                    + "FTL(max)(s),50%(s),75%(s),95%(s),99%(s),prefill_tokens_per_second,decode_tokens_per_second,"
            ))
        #expect(
            lines[1]
                == "1,100,5,5.56,1.50,0.5000,0.5000,0.5000,0.1000,0.1000,0.1000,0.1000,"
                + "200.00,10.00,1.00,0.050,60.0,0.100"
        )
        #expect(lines[1].split(separator: ",").count == ProfileReport.csvHeader.count)
        #expect(lines.last == "")
    }

    @Test func tableRowsAlign() {
        let line = ProfileReport.tableLine(Self.single)
        #expect(line.count == ProfileReport.table.headerLine.count)
        #expect(line.hasSuffix("60 (10 %)"))
    }

    @Test func jsonIsSnakeCase() throws {
        let json = try JSONText.encode([Self.single])
        for key in [
            "\"batch\" : 1", "\"prompt_tokens\" : 100", "\"completion_tokens\" : 5",
            "\"output_tokens_per_second\"",
            "\"prefill_tokens_per_second\" : 200", "\"decode_tokens_per_second\"",
            "\"first_token_latency_mean_seconds\" : 0.5", "\"first_token_latency_min_seconds\"",
            "\"first_token_latency_max_seconds\"", "\"token_latency_p50_seconds\"",
            "\"token_latency_p99_seconds\"",
            "\"memory_gigabytes\" : 1.5", "\"decode_gigabytes_per_second\"", "\"prefill_gops\"",
            "\"ceilings\"",
            "\"memory_read_gigabytes_per_second\"", "\"int8_dot_gops\"", "\"int8_signed_dot_gops\"",
            "\"fp32_gflops\"",
        ] {
            #expect(json.contains(key), "\(key)")
        }
    }

    @Test(arguments: [
        ("w4 g32", 600.0), ("w8", 300), ("w8 g32", 300), ("fp32", 200), ("fp16", 200), ("bf16", 200),
    ])
    func theComputeCeilingIsTheFormats(format: String, expected: Double) {
        #expect(Self.ceilings().computeCeiling(weightFormat: format).allThreads == expected)
    }

    @Test func bfloat16HasItsOwnCeilingWhereTheCPUHasIt() {
        #expect(Self.ceilings(bf16: 150).computeCeiling(weightFormat: "bf16").allThreads == 300)
    }

    @Test func ceilingsAverage() {
        let mean = CeilingReport.mean(Self.ceilings(1, bf16: 100), Self.ceilings(3, bf16: 100))
        #expect(mean.memoryReadGigabytesPerSecond == CeilingReport.Rate(oneThread: 20, allThreads: 40))
        #expect(mean.bf16DotGflops == CeilingReport.Rate(oneThread: 200, allThreads: 400))
    }

    @Test func ceilingsPrintAsATable() {
        #expect(
            Self.ceilings().text == """
                Test CPU, avx2
                ceiling            unit  1 thread  2 threads
                memory read        GB/s      10.0       20.0
                int8 dot           GOPS     300.0      600.0
                int8 signed dot    GOPS     150.0      300.0
                bf16 dot         GFLOPS         -          -
                fp32             GFLOPS     100.0      200.0

                """)
    }

    @Test func syntheticPromptsRepeatWithTheirSeed() {
        let prompts = SyntheticPrompts(tokens: [3, 5, 7, 11])
        let first = prompts.tokens(count: 100, seed: 1)
        #expect(first == prompts.tokens(count: 100, seed: 1))
        #expect(first != prompts.tokens(count: 100, seed: 2))
        #expect(Set(first) == [3, 5, 7, 11])
    }
}
