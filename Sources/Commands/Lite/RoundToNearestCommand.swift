package import ArgumentParser
internal import Quantization

/// `lmdeploy lite rtn`: the plain baseline.
package struct RoundToNearestCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rtn",
        abstract: "Quantise weights to 4 bits by rounding to nearest: the baseline of the other methods.")

    @OptionGroup package var options: LiteOptions
    @OptionGroup package var measured: LiteMeasurementOptions
    @OptionGroup package var fourBit: FourBitOptions

    @Flag(help: "Scales around zero rather than between a group's smallest and largest weight.")
    package var wSym = false

    package init() {}

    package func run() async throws {
        try await LiteRun(
            options: options, measured: measured,
            quantization: QuantizationOptions(method: .rtn, group: fourBit.wGroupSize, isSymmetric: wSym)
        ).run()
    }
}
