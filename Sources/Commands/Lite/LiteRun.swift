internal import Checkpoints
internal import LMDeploy
internal import Models
internal import Quantization
internal import Tensors
internal import Tokenization

/// A run of one of `lite`'s commands, from the calibration text to the report.
struct LiteRun {
    let options: LiteOptions
    let measured: LiteMeasurementOptions
    let quantization: QuantizationOptions

    func run() async throws {
        let inputs = try LiteInputs(options)
        let (checkpoint, path) = (inputs.checkpoint, inputs.path)
        try ModelQuantizer.check(checkpoint, folder: options.workDir)
        let estimate = QuantizationEstimate(
            geometry: ModelGeometry(checkpoint.configuration), options: quantization,
            gigaoperations: inputs.gigaoperations)
        let parts = try await inputs.text(
            held: measured.evalText == nil ? measured.evalTokens : 0, seconds: estimate.seconds)
        let samples = parts.samples
        let quantizer = try ModelQuantizer(
            checkpoint: checkpoint, options: quantization, samples: samples, folder: options.workDir,
            kernels: inputs.kernels, pool: inputs.pool)
        if quantizer.options.group != quantization.group {
            try StandardStream.write(
                "groups of \(quantizer.options.group): \(quantization.group) does not divide the model's sizes\n",
                to: StandardStream.error)
        }
        try StandardStream.write(
            LiteText.announcement(
                layers: quantizer.geometry.layers, samples, options,
                seconds: estimate.seconds(tokens: samples.rows)),
            to: StandardStream.error)
        let summary = try quantize(quantizer, inputs.loader.progress)
        let measurement = try LiteMeasurement(
            before: path, after: options.workDir, threads: options.threads, tokens: measured.evalTokens
        ).run(parts.held, file: measured.evalText)
        let report = LiteReport(
            summary, model: LiteReport.name(of: path), folder: options.workDir, measurement: measurement)
        try report.write()
    }

    // MARK: - Internals

    private func quantize(
        _ quantizer: ModelQuantizer, _ line: ProgressLine
    ) throws -> QuantizationSummary {
        defer { line.clear() }
        let clock = ContinuousClock()
        var start = clock.now
        var computed = 0
        line.show("layer 1 of \(quantizer.geometry.layers)")
        return try quantizer.run { step in
            if step.isResumed {
                start = clock.now
            } else {
                computed += 1
            }
            let left = step.layers - step.layer - 1
            guard left > 0 else { return line.show("writing \(options.workDir)") }
            var text = "layer \(step.layer + 2) of \(step.layers)"
            if computed > 0 {
                let perLayer = start.duration(to: clock.now).inSeconds / Double(computed)
                text += ", \(LiteText.duration(perLayer * Double(left))) left"
            }
            line.show(text)
        }
    }
}
