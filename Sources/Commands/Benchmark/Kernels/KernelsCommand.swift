package import ArgumentParser
internal import KernelLab
internal import Tensors

/// `lmdeploy benchmark kernels`: single kernels against the machine's ceilings.
package struct KernelsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measure linear layers and attention against the machine's ceilings.",
        discussion: """
            A cell is one operation, format and shape on an instruction set and a number of threads. Each sample \
            lies between two measurements of what limits it: memory reads for one row and for decoding, \
            multiply-adds of the same kind for more. The ratio is the median of the samples' rates, each over the \
            mean of its two ceilings; a sample in which the ceiling moved by more than 10 % is dropped and \
            repeated. Lists that are not given are those of a run of about a minute, or with --full all formats \
            and the layers of models of 135M to 7B parameters.
            """)

    @OptionGroup(title: "Cells") package var cells: KernelCellOptions

    @Flag(help: "Use the same weights again and again, from whichever cache holds them.")
    package var warm = false

    @Option(help: ArgumentHelp("Samples of each cell that count.", valueName: "n"))
    package var samples = 15

    @Option(help: ArgumentHelp("Decides the order in which cells take turns.", valueName: "n"))
    package var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Write the cells to this file, as CSV.", valueName: "file"))
    package var csv: String?

    @Option(
        help: ArgumentHelp("Write the cells and all their samples to this file, as JSON.", valueName: "file"))
    package var json: String?

    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "Measure the cells of this file, and fail when one does not reach its ratio.", valueName: "file"))
    package var guardPath: String?

    @Flag(help: "Write 0.75 times the measured ratios to the file of --guard.")
    package var update = false

    package init() {}

    package mutating func validate() throws {
        guard (1...1000).contains(samples) else {
            throw ToolError.option(name: "--samples", found: "\(samples)", expected: "1...1000")
        }
        if update, guardPath == nil {
            throw ToolError.conflict("--update is given without --guard: name the file to update")
        }
        if guardPath != nil, cells.selectsCells {
            throw ToolError.conflict(
                "--guard takes its cells from the file: leave out the options that choose cells")
        }
        if guardPath != nil, cells.isa.count > 1 || cells.threads.count > 1 || cells.isa.first == "all" {
            throw ToolError.conflict("--guard checks one --isa and one number of --threads at a time")
        }
        if guardPath != nil, warm {
            throw ToolError.conflict("--guard measures cold weights: leave out --warm")
        }
        // Bad lists are found before anything is measured.
        if guardPath == nil { _ = try cells.cells() }
    }

    package func run() throws {
        if let guardPath {
            try runGuard(guardPath)
        } else {
            try measure(try cells.cells())
        }
    }

    // MARK: - Internals

    @discardableResult
    private func measure(_ cells: [KernelCell]) throws -> LabRun {
        let environment = CurrentProcess.environment
        var lab = KernelLab(
            policy: SamplePolicy(samples: samples), isWarm: warm, generator: SplitMix(seed: seed))
        let settings = KernelReport.Settings(
            processor: Machine.cpuName(), samples: samples, seed: seed,
            coldMebibytes: warm ? nil : lab.coldBytes >> 20)
        try StandardStream.write(settings.text)
        let progress = ProgressLine(environment: environment)
        defer { progress.clear() }
        let run = try lab.measure(cells) { done, all in
            progress.show("\(cells.count) cells: sample \(done + 1) of \(all)")
        }
        progress.clear()
        let report = KernelReport(settings: settings, run: run)
        try StandardStream.write(KernelTable.text(report.cells))
        if let csv { try OutputFile.write(KernelTable.csv(report.cells), to: csv) }
        if let json { try OutputFile.write(try JSONText.encode(report), to: json) }
        return run
    }

    private func runGuard(_ path: String) throws {
        let file = try GuardFile(parsing: try InputFile.read(path))
        let instructionSet = try cells.instructionSets()[0]
        let wanted = file.cells(
            instructionSet, threads: try cells.threadCounts()[0], includesNew: update)
        guard !wanted.isEmpty else {
            try report(.skipped(.noRatios(instructionSet)), file)
            return
        }
        let run = try measure(wanted)
        var verdict = GuardVerdict(file, instructionSet, run)
        if update {
            try write(file.updated(with: run.results), to: path, verdict)
            return
        }
        if case .failed(let slow) = verdict {
            // A neighbour may have taken a core for some seconds: only what is slow twice is slow.
            try StandardStream.write("\nguard: measuring \(slow.count) slow cells again\n")
            verdict = GuardVerdict(file, instructionSet, try measure(slow.map(\.cell)))
        }
        try report(verdict, file)
    }

    private func write(_ file: GuardFile, to path: String, _ verdict: GuardVerdict) throws {
        if case .skipped(let reason) = verdict, !reason.isMissingRatios {
            throw ToolError.measurement(
                "\(path) is left as it is: \(GuardText.reason(reason)); try again when nothing else runs")
        }
        try OutputFile.write(file.text, to: path)
        try StandardStream.write("wrote \(path)\n")
    }

    private func report(_ verdict: GuardVerdict, _ file: GuardFile) throws {
        try StandardStream.write(GuardText.text(verdict, file))
        if case .failed(let slow) = verdict {
            throw ToolError.measurement("\(slow.count) kernels are slower than their ratios allow")
        }
    }
}

extension GuardVerdict.SkipReason {
    fileprivate var isMissingRatios: Bool {
        if case .noRatios = self { return true }
        return false
    }
}
