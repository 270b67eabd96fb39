package import ArgumentParser
internal import Quantization

/// `lmdeploy lite smooth_quant`: 8-bit weights for 8-bit activations.
package struct SmoothQuantCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "smooth_quant",
        abstract: "Quantise weights to 8 bits with SmoothQuant, for 8-bit activations.",
        discussion: """
            Moves the range of inputs into the weights where that can be done exactly, then rounds to 8 bits with one \
            scale for each output.
            """)

    @OptionGroup package var options: LiteOptions
    @OptionGroup package var measured: LiteMeasurementOptions

    @Option(help: ArgumentHelp("Type of the quantised weights: int8.", valueName: "type"))
    package var quantDtype = "int8"

    @Flag(help: "Try 20 strengths of scaling for each block instead of computing one.")
    package var searchScale = false

    package init() {}

    package func validate() throws {
        if quantDtype != "int8" {
            throw ToolError.option(
                name: "--quant-dtype", found: quantDtype,
                expected: "int8: CPUs have no products of 8-bit floats")
        }
    }

    package func run() async throws {
        try await LiteRun(
            options: options, measured: measured,
            quantization: QuantizationOptions(method: .smoothQuant, searchesScales: searchScale)
        ).run()
    }
}
