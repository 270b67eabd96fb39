package import ArgumentParser
internal import Checkpoints
internal import Models
internal import Quantization

/// `lmdeploy lite calibrate`: what a model's layers and cache get.
package struct CalibrateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Show a model some text, and write what its layers and its KV cache got.",
        discussion: """
            Writes inputs_stats.pth, outputs_stats.pth, key_stats.pth and value_stats.pth, which PyTorch reads, into \
            --work-dir. lite kv_qparams makes the scales of an int8 KV cache of the last two. The other commands of \
            lite need none of them: they calibrate themselves.
            """)

    @OptionGroup package var options: LiteOptions

    package init() {}

    package func run() async throws {
        let inputs = try LiteInputs(options)
        let geometry = ModelGeometry(inputs.checkpoint.configuration)
        let estimate = QuantizationEstimate(
            geometry: geometry, options: QuantizationOptions(method: .rtn),
            gigaoperations: inputs.gigaoperations)
        let samples = try await inputs.text(held: 0, seconds: estimate.seconds).samples
        let calibrator = try Calibrator(
            checkpoint: inputs.checkpoint, samples: samples, kernels: inputs.kernels, pool: inputs.pool)
        try StandardStream.write(
            LiteText.announcement(
                layers: geometry.layers, samples, options, seconds: estimate.seconds(tokens: samples.rows)),
            to: StandardStream.error)
        let line = inputs.loader.progress
        defer { line.clear() }
        line.show("layer 1 of \(geometry.layers)")
        let statistics = try calibrator.run { done, layers in
            line.show(done < layers ? "layer \(done + 1) of \(layers)" : "writing \(options.workDir)")
        }
        try statistics.write(to: options.workDir)
        line.clear()
        try StandardStream.write(
            "wrote " + CalibrationStatistics.fileNames.joined(separator: ", ") + " to \(options.workDir)\n")
    }
}
