import Commands
import Testing

@Suite struct MemoryReportTests {
    private static let mebibyte = 1 << 20
    private static let configuration = MemoryCase(batch: 8, sessionLength: 2048, quantPolicy: 0)

    private static func measurement(peak: Int) -> MemoryMeasurement {
        MemoryMeasurement(
            weightBytes: 90 * mebibyte, kvCacheBytes: 360 * mebibyte, scratchBytes: 20 * mebibyte,
            otherBytes: 30 * mebibyte, kvBytesPerToken: 23040, blocks: 256, blocksHeld: 256,
            peakResidentBytes: peak * mebibyte, anonymousBytes: 480 * mebibyte)
    }

    @Test(arguments: [(500, true), (525, true), (526, false), (300, true)])
    func thePeakMayBeFivePercentAboveThePlan(peak: Int, isGood: Bool) {
        let result = MemoryResult(Self.configuration, Self.measurement(peak: peak))
        #expect(result.measurement?.plannedBytes == 500 * Self.mebibyte)
        #expect(result.isGood == isGood)
    }

    @Test func whatWasNotMeasuredIsNotGood() {
        #expect(!MemoryResult(Self.configuration, problem: "refused").isGood)
    }

    @Test func rowsAlignAndProblemsAreShown() {
        let good = MemoryReport.tableLine(MemoryResult(Self.configuration, Self.measurement(peak: 510)))
        #expect(good.count == MemoryReport.table.headerLine.count)
        #expect(good.hasSuffix("500.0     510.0     480.0      1.020         yes"))
        let bad = MemoryReport.tableLine(MemoryResult(Self.configuration, Self.measurement(peak: 600)))
        #expect(bad.hasSuffix("1.200          NO"))
        let int8 = MemoryCase(batch: 1, sessionLength: 512, quantPolicy: 8)
        #expect(
            MemoryReport.tableLine(MemoryResult(int8, problem: "no room"))
                == "1          512  int8  error: no room")
    }

    @Test func csvHasBytes() {
        let lines = MemoryReport.csv([
            MemoryResult(Self.configuration, Self.measurement(peak: 510)),
            MemoryResult(Self.configuration, problem: "no room"),
        ]).split(separator: "\n")
        #expect(
            lines[1]
                == "8,2048,0,23040,94371840,377487360,20971520,31457280,524288000,534773760,503316480,1.0200")
        #expect(lines[2] == "8,2048,0,,,,,,,,,")
    }

    @Test(arguments: [(512, 256, 256), (2048, 256, 1792), (2, 1, 1), (3, 1, 2)])
    func aSessionIsAPromptAndItsReply(session: Int, completion: Int, prompt: Int) {
        let configuration = MemoryCase(batch: 1, sessionLength: session, quantPolicy: 0)
        #expect(configuration.completionTokens == completion)
        #expect(configuration.promptTokens == prompt)
    }
}
