package import ArgumentParser
internal import Quantization

/// `lmdeploy lite auto_awq`: 4-bit weights whose important channels keep more precision.
package struct AutoAWQCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "auto_awq",
        abstract: "Quantise weights to 4 bits with AWQ.",
        discussion: """
            Moves the range of inputs into the weights where that can be done exactly, then rounds to 4 bits. \
            --search-scale tries 20 strengths for each block and keeps the one with the smallest loss; --search-clip \
            then looks for where to cut off the largest weights. Both take time and pay.
            """)

    @OptionGroup package var options: LiteOptions
    @OptionGroup package var measured: LiteMeasurementOptions
    @OptionGroup package var fourBit: FourBitOptions

    @Flag(help: "Scales around zero rather than between a group's smallest and largest weight.")
    package var wSym = false

    @Flag(help: "Try 20 strengths of scaling for each block instead of computing one.")
    package var searchScale = false

    @Flag(help: "Look for where to cut off each group's largest weights.")
    package var searchClip = false

    package init() {}

    package func run() async throws {
        try await LiteRun(
            options: options, measured: measured,
            quantization: QuantizationOptions(
                method: .awq, group: fourBit.wGroupSize, isSymmetric: wSym, searchesScales: searchScale,
                searchesClips: searchClip)
        ).run()
    }
}
