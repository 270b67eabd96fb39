import Commands
import Testing

@Suite struct ThroughputSummaryTests {
    private static func reply(_ times: [Double]) -> ReplyTimeline {
        var timeline = ReplyTimeline()
        for (index, time) in times.enumerated() { timeline.note(tokens: index + 1, at: time) }
        return timeline
    }

    private static func record(
        input: Int = 10, start: Double = 0, _ times: Double..., isCancelled: Bool = false
    ) -> RequestRecord {
        RequestRecord(
            inputTokens: input, start: start, end: times.last ?? start, timeline: reply(times),
            isCancelled: isCancelled)
    }

    private static let idle = EngineWork(
        steps: 9, preemptions: 1, promptTokens: 40, cachedTokens: 10, blocksInUse: 0)

    /// Two complete requests one after the other, and one that was dropped.
    private static let summary = ThroughputSummary(
        concurrency: 2,
        records: [
            record(input: 10, start: 1, 2, 2.5, 3), record(input: 20, start: 3, 3.5, 4.5, 5),
            record(input: 30, start: 1, 1.5, isCancelled: true),
        ], isStreamed: true, engine: idle)

    @Test func ratesCountEverythingFromTheFirstStartToTheLastEnd() {
        let summary = Self.summary
        #expect(summary.durationSeconds == 4)
        #expect(summary.requests == 3)
        #expect(summary.completed == 2)
        #expect(summary.totalInputTokens == 60)
        #expect(summary.totalOutputTokens == 7)
        #expect(summary.inputTokensPerSecond == 15)
        #expect(summary.outputTokensPerSecond == 1.75)
        #expect(summary.requestsPerSecond == 0.5)
    }

    @Test func latenciesAreThoseOfTheirKind() throws {
        let summary = Self.summary
        #expect(summary.endToEndSeconds == LatencySummary([2, 2]))
        #expect(summary.firstTokenSeconds == LatencySummary([1, 0.5, 0.5]))
        #expect(summary.perOutputTokenSeconds == LatencySummary([0.5, 0.75]))
        #expect(summary.betweenTokensSeconds == LatencySummary([0.5, 0.5, 1, 0.5]))
        let first = try #require(summary.firstTokenSeconds)
        #expect(abs(first.mean - 2.0 / 3) < 1e-12)
        #expect(first.p50 == 0.5)
        #expect(first.p75 == 0.75)
        #expect(abs(first.p99 - 0.99) < 1e-12)
    }

    @Test func withoutStreamingNothingIsSaidAboutSingleTokens() {
        let record = Self.record(start: 1, 5, 5, 5, 5)
        let summary = ThroughputSummary(
            concurrency: 1, records: [record], isStreamed: false, engine: Self.idle)
        #expect(summary.firstTokenSeconds == nil)
        #expect(summary.betweenTokensSeconds == nil)
        #expect(summary.fairness == nil)
        #expect(summary.perOutputTokenSeconds?.mean == 1)
        #expect(ThroughputReport.text(summary).contains("first token (TTFT)"))
    }

    @Test func fairnessComparesEachReplyWithItself() throws {
        let even = Array(repeating: 0.25, count: 9)
        var stalled = Array(repeating: 0.5, count: 8)
        stalled.append(2)
        let fairness = try #require(FairnessSummary(gaps: [even, stalled, [100]]))
        #expect(fairness.worstGapSeconds == 2)
        #expect(fairness.worstRatio == 4)
        #expect(fairness.typicalRatio == 2.5)
        #expect(fairness.medianGapSeconds == 0.375)
        #expect(FairnessSummary(gaps: [[1, 2, 3], []]) == nil)
    }

    @Test func aLongPromptIsJudgedByTheGapsAroundIt() throws {
        // A token each second until the prompt comes at 5, then two slow ones, then quick ones again.
        let timeline = Self.reply([1, 2, 3, 4, 5, 7, 9, 10])
        let summary = try #require(
            LongPromptSummary(
                promptTokens: 400, timelines: [timeline, timeline], streaming: 1, sent: 5.5, answered: 8.5))
        #expect(summary.replies == 2)
        #expect(summary.firstTokenSeconds == 3)
        #expect(summary.medianGapBeforeSeconds == 1)
        #expect(summary.medianGapBesideSeconds == 2)
        #expect(summary.worstGapBesideSeconds == 2)
        #expect(summary.worstRatioToBefore == 2)
        #expect(summary.worstRatioToAll == 2)
        #expect(summary.text.contains("a prompt of 400 tokens beside 2 replies"))
        #expect(
            LongPromptSummary(promptTokens: 1, timelines: [timeline], streaming: 1, sent: 20, answered: 21)
                == nil)
    }

    @Test func theReportIsATable() {
        #expect(
            ThroughputReport.text(Self.summary) == """
                3 requests in 4.00 s, 2 at a time, 1 cancelled
                        tokens  tokens/s
                input       60      15.0
                output       7       1.8
                requests/s  0.500
                latency (ms)                mean      P50      P75      P95      P99
                end to end               2000.00  2000.00  2000.00  2000.00  2000.00
                first token (TTFT)        666.67   500.00   750.00   950.00   990.00
                per output token (TPOT)   625.00   625.00   687.50   737.50   747.50
                between tokens (ITL)      625.00   500.00   625.00   925.00   985.00
                fairness  no reply is long enough to tell
                engine    9 steps, 1 preemptions, prefix cache had 10 of 40 prompt tokens (25.0 %), 0 blocks in use at \
                the end

                """)
    }

    @Test func scalingIsAgainstTheFirstMeasurement() {
        var faster = Self.summary
        faster.concurrency = 8
        faster.outputTokensPerSecond *= 3
        faster.requestsPerSecond *= 2
        #expect(
            ThroughputReport.scaling([Self.summary, faster]) == """
                concurrency  out tok/s  against 2  requests/s  against 2
                2                  1.8       1.00       0.500       1.00
                8                  5.3       3.00       1.000       2.00

                """)
    }

    @Test func csvHasLMDeploysColumns() {
        let settings = ThroughputReport.Settings(
            dataset: "random", promptCount: 3, isStreamed: true, skipsTokenizing: false,
            skipsDetokenizing: true)
        let line = ThroughputReport.csvLine(Self.summary, settings)
        #expect(
            ThroughputReport.csvHeader.contains(
                ",completed,total_input_tokens,total_output_tokens,duration,request_throughput,input_throughput,"
                    + "output_throughput,mean_e2e_latency_ms,mean_ttft_ms,mean_tpot_ms,mean_itl_ms,"))
        #expect(
            line == "turbomind,random,2,3,true,false,true,2,60,7,4.000,0.500,15.000,1.750,2000.000,666.667,"
                + "625.000,625.000,2000.000,990.000,747.500,985.000,,,,1,10,0\n")
        let columns = { (text: String) in text.split(separator: ",", omittingEmptySubsequences: false).count }
        #expect(columns(line) == columns(ThroughputReport.csvHeader))
    }

    @Test func jsonIsSnakeCase() throws {
        let json = try JSONText.encode(Self.summary)
        for key in ["\"output_tokens_per_second\" : 1.75", "\"p99\"", "\"blocks_in_use\" : 0"] {
            #expect(json.contains(key), "\(key)")
        }
    }
}
