internal import Quantization

/// How `lite` says things.
enum LiteText {
    /// What a run will do, before it begins.
    static func announcement(
        layers: Int, _ samples: CalibrationSamples, _ options: LiteOptions, seconds: Double
    ) -> String {
        var text =
            "\(layers) layers, calibrated with \(samples.tokens.count) pieces of \(samples.longest) tokens of "
        text += "\(samples.source)\n"
        if options.device == "cuda" { text += "--device cuda: this program computes on the CPU\n" }
        if options.batchSize > 1 {
            text += "--batch-size \(options.batchSize): one piece is computed at a time\n"
        }
        return text + "this will take about \(duration(seconds))\n"
    }

    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(max(1, seconds.rounded()))) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) min"
        default: "\((seconds / 3600).fixed(1)) h"
        }
    }
}
