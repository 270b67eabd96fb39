package import ArgumentParser
internal import Checkpoints

/// Which model, and how its files are to be read.
package struct ModelOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a Hugging Face folder, a workspace that `convert` wrote, a model on a hub (ORG/NAME, "
                + "downloaded when needed), or the name of a cached model. Without one, "
                + "SmolLM2-135M-Instruct is used, and fetched when needed.",
            valueName: "model"))
    package var positionalModel: String?

    @Option(name: .customLong("model"), help: ArgumentHelp("The same, as a flag.", valueName: "model"))
    package var flaggedModel: String?

    @Option(
        help: ArgumentHelp(
            "The format the model must have: \(ModelFormat.names).", valueName: "format"))
    package var modelFormat: String?

    @OptionGroup package var hub: HubOptions

    package init() {}

    package func validate() throws {
        if let positionalModel, let flaggedModel, positionalModel != flaggedModel {
            throw ToolError.conflict(
                "the model is given twice, as '\(positionalModel)' and as --model '\(flaggedModel)': keep one"
            )
        }
        if let modelFormat, ModelFormat(rawValue: modelFormat) == nil {
            throw ToolError.option(
                name: "--model-format", found: "'\(modelFormat)'",
                expected: "\(ModelFormat.names), the formats this version reads")
        }
    }

    /// What the user named, if anything.
    package var model: String? { positionalModel ?? flaggedModel }
}
