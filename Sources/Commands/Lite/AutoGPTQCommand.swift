package import ArgumentParser
internal import Quantization

/// `lmdeploy lite auto_gptq`: 4-bit weights that make up for each other's errors.
package struct AutoGPTQCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "auto_gptq",
        abstract: "Quantise weights to 4 bits with GPTQ.",
        discussion: """
            Rounds the weights of each input in turn, and corrects those of the inputs that are left for the error so \
            far. Symmetric, in the inputs' own order, as LMDeploy and vLLM read it.
            """)

    @OptionGroup package var options: LiteOptions
    @OptionGroup package var measured: LiteMeasurementOptions
    @OptionGroup package var fourBit: FourBitOptions

    package init() {}

    package func run() async throws {
        try await LiteRun(
            options: options, measured: measured,
            quantization: QuantizationOptions(method: .gptq, group: fourBit.wGroupSize, isSymmetric: true)
        ).run()
    }
}
