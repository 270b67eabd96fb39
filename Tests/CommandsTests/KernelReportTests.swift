import ArgumentParser
import Commands
import KernelLab
import Tensors
import Testing

@Suite struct KernelReportTests {
    private static func result(_ work: KernelWork, ratio: Double?, dropped: Int = 0) -> CellResult {
        var samples = CellSamples(SamplePolicy(samples: 1, attemptsPerSample: 100))
        if let ratio { samples.add(Sample(rate: 20 * ratio, ceilingBefore: 20, ceilingAfter: 20)) }
        for _ in 0..<dropped { samples.add(Sample(rate: 1, ceilingBefore: 1, ceilingAfter: 2)) }
        return CellResult(
            cell: KernelCell(work, .avx2, threads: 2), ceilingName: .memoryRead, samples: samples)
    }

    private static let linear = KernelWork.linear(
        .w4(group: 32), MatrixShape(outputs: 2048, inputs: 8192), rows: 1)
    private static let decode = KernelWork.decode(
        .int8, HeadShape(queryHeads: 9, keyValueHeads: 3, dimension: 64), context: 1024)

    private static let report = KernelReport(
        settings: KernelReport.Settings(processor: "Test CPU", samples: 1, seed: 3, coldMebibytes: 128),
        run: LabRun(
            results: [result(linear, ratio: 0.75, dropped: 1), result(decode, ratio: nil, dropped: 3)],
            peaks: [
                PeakMovement(
                    ceiling: .memoryRead, instructionSet: .avx2, threads: 2, atStart: 20, atEnd: 21)
            ]))

    @Test func theTableIsAligned() {
        #expect(
            KernelTable.text(Self.report.cells) == """
                operation  format      shape  size   isa  threads  rate  ceiling  unit    ratio  dropped        limit
                linear     w4 g32  2048x8192     1  avx2        2  15.0     20.0  GB/s     0.75        1  memory read
                decode       int8     9:3:64  1024  avx2        2   all  samples  GB/s  dropped        3  memory read

                """)
    }

    @Test func csvHasAColumnForEveryTitle() {
        let lines = KernelTable.csv(Self.report.cells).split(separator: "\n")
        #expect(lines[0].split(separator: ",").map(String.init) == KernelTable.csvHeader)
        #expect(lines[1] == "linear,w4 g32,2048x8192,1,avx2,2,15.000,20.000,GB/s,0.7500,1,1,memory read")
        #expect(lines[2] == "decode,int8,9:3:64,1024,avx2,2,,,GB/s,,0,3,memory read")
    }

    @Test func jsonHasSettingsCellsAndPeaks() throws {
        let json = try JSONText.encode(Self.report)
        for part in [
            "\"processor\" : \"Test CPU\"", "\"samples\" : 1", "\"seed\" : 3", "\"cold_mebibytes\" : 128",
            "\"operation\" : \"linear\"", "\"format\" : \"w4 g32\"", "\"shape\" : \"2048x8192\"",
            "\"size\" : 1024", "\"instruction_set\" : \"avx2\"", "\"threads\" : 2", "\"ratio\" : 0.75",
            "\"rate\" : 15", "\"ceiling\" : 20", "\"ceiling_name\" : \"memory read\"", "\"dropped\" : 3",
            "\"ratios\" : [", "\"unit\" : \"GB/s\"", "\"at_start\" : 20", "\"at_end\" : 21",
        ] {
            #expect(json.contains(part), "\(part)")
        }
    }

    @Test func theHeadSaysWhetherMemoryIsCold() {
        var settings = Self.report.settings
        #expect(settings.text == "Test CPU, 1 samples, cold: 128 MiB pass by before memory is used again\n")
        settings.coldMebibytes = nil
        #expect(settings.text == "Test CPU, 1 samples, warm: the same memory every time\n")
    }

    @Test func aTinyRunPrintsEveryCell() throws {
        var selection = CellSelection.quick
        selection.operations = [.linear]
        selection.shapes = [MatrixShape(outputs: 64, inputs: 64)]
        selection.rows = [1]
        let cells = try selection.cells(instructionSets: [.generic], threads: [1])
        var lab = KernelLab(
            policy: SamplePolicy(samples: 1), coldBytes: 1 << 20, sampleSeconds: 1e-5,
            generator: SystemRandomNumberGenerator())
        let report = KernelReport(settings: Self.report.settings, run: try lab.measure(cells))
        let lines = KernelTable.text(report.cells).split(separator: "\n").dropFirst()
        #expect(lines.count == selection.formats.count)
        for (line, format) in zip(lines, selection.formats) {
            let start = line.split(separator: " ").joined(separator: " ")
            #expect(start.hasPrefix("linear \(format) 64x64 1 generic 1 "))
        }
    }

    private static let guardFile = GuardFile(entries: [
        GuardFile.Entry(linear, leastRatios: [.avx2: 0.8]),
        GuardFile.Entry(decode, leastRatios: [.avx2: 0.5]),
    ])

    @Test func theGuardSaysWhatIsSlower() {
        let slow = Self.result(Self.linear, ratio: 0.75)
        #expect(
            GuardText.text(.failed([slow]), Self.guardFile) == """

                guard: slower than they have been:
                operation  format      shape  size   isa  ratio  least
                linear     w4 g32  2048x8192     1  avx2   0.75   0.80

                """)
        #expect(
            GuardText.text(.passed(cells: 2), Self.guardFile) == "\nguard: all 2 cells reach their ratios\n")
    }

    @Test func theGuardSaysWhyItSkips() {
        let peak = PeakMovement(
            ceiling: .int8Dot, instructionSet: .avx2, threads: 2, atStart: 600, atEnd: 500)
        #expect(
            GuardText.text(.skipped(.peakMoved(peak)), Self.guardFile)
                == "\nguard: SKIPPED, the machine's int8 dot moved from 600.0 to 500.0 GOPS during the run\n")
        #expect(
            GuardText.reason(.unsteady(dropped: 7, of: 13))
                == "the machine's ceilings moved by more than 10 % in 7 of 13 samples")
        #expect(GuardText.reason(.noRatios(.generic)) == "the file has no ratios for generic")
    }

    @Test(arguments: [
        (["--samples", "0"], "--samples is 0, expected 1...1000"),
        (["--threads", "0"], "--threads is 0, expected 1...1024"),
        (["--threads", "1025"], "--threads is 1025, expected 1...1024"),
        (["--isa", "sse"], "--isa is 'sse', expected one of generic, avx2, avxvnni, avx512bw"),
        (["--rows", "5000"], "--rows is 5000, expected 1...4096"),
        (["--shape", "5"], "--shape is '5', expected outputs x inputs"),
        (["--heads", "9:3"], "--heads is '9:3', expected query heads"),
        (["--format", "w5"], "--format is 'w5', expected one of"),
        (["--kv-format", "w5"], "--kv-format is 'w5', expected one of"),
        (["--operation", "add"], "--operation is 'add', expected linear, decode, prefill"),
        (["--update"], "--update is given without --guard"),
        (["--guard", "f", "--rows", "1"], "--guard takes its cells from the file"),
        (["--guard", "f", "--isa", "all"], "--guard checks one --isa"),
        (["--guard", "f", "--warm"], "--guard measures cold weights"),
    ])
    func badOptionsAreRefused(arguments: [String], message: String) {
        #expect { try KernelsCommand.parse(arguments) } throws: {
            KernelsCommand.message(for: $0).hasPrefix(message)
        }
    }
}
