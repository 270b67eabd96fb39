package import ArgumentParser

/// `lmdeploy lite`: smaller models.
package struct LiteCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "lite",
        abstract: "Make a model smaller: 4-bit and 8-bit weights.",
        discussion: """
            Reads a Hugging Face folder of 16 or 32 bits, layer by layer, and writes another one that LMDeploy, vLLM \
            and transformers read. No GPU and no download is needed. A run that was ended goes on where it stopped \
            when the same command is given again.
            """,
        subcommands: [
            AutoAWQCommand.self, AutoGPTQCommand.self, SmoothQuantCommand.self, RoundToNearestCommand.self,
            CalibrateCommand.self, KVParametersCommand.self,
        ])

    package init() {}
}
