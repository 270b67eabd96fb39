internal import Evaluation
internal import Quantization

/// What a run of `lite` says at its end, and leaves in the folder.
struct LiteReport {
    private let report: QualityReport
    private let folder: String

    init(
        _ summary: QuantizationSummary, model: String, folder: String, measurement: LiteMeasurement.Result
    ) {
        let options = summary.options
        let isEightBit = options.method == .smoothQuant
        self.folder = folder
        var settings: [QualityReport.Setting] = []
        if !isEightBit {
            settings.append(.init("zero", options.isSymmetric ? "symmetric" : "asymmetric"))
        }
        if options.method == .awq || isEightBit {
            settings.append(.init("scales", options.searchesScales ? "20 ratios tried" : "computed"))
        }
        if options.method == .awq {
            settings.append(.init("clips", options.searchesClips ? "10 fractions tried" : "none"))
        }
        report = QualityReport(
            model: model, method: Self.name(of: options.method), bits: isEightBit ? 8 : 4,
            groupSize: isEightBit ? nil : options.group, bitsPerWeight: summary.bitsPerWeight,
            bytesBefore: summary.bytesBefore, bytesAfter: summary.bytesAfter, settings: settings,
            calibration: .init(source: summary.source, samples: summary.samples, tokens: summary.tokens),
            measuredOn: measurement.text,
            measurements: measurement.comparison.map { QualityReport.measurements($0) } ?? [],
            linears: summary.linears.map {
                .init(name: $0.name, layer: $0.layer, relativeError: $0.relativeError.squareRoot())
            },
            timings: [.init("quantisation", seconds: summary.duration.inSeconds)],
            notes: measurement.note.map { [$0] } ?? [])
    }

    /// Prints the report, and writes it into the folder as JSON and as a page.
    func write() throws {
        try OutputFile.write(report.json, to: folder + "/quantization_report.json")
        try OutputFile.write(report.html, to: folder + "/quantization_report.html")
        try StandardStream.write("wrote \(folder)\n" + report.text)
    }

    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func name(of method: QuantizationMethod) -> String {
        switch method {
        case .awq: "awq"
        case .gptq: "gptq"
        case .smoothQuant: "smooth_quant"
        case .rtn: "rtn"
        }
    }
}
