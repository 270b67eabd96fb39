package import ArgumentParser
internal import Checkpoints
internal import LMDeploy
internal import Tokenization

/// Whose tokenizer to use.
package struct TokenizerOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a Hugging Face folder or id, or a tokenizer's file alone: tokenizer.json, "
                + "tokenizer.model or *.tiktoken. (default: SmolLM2-135M-Instruct)",
            valueName: "model"))
    package var model: String?

    @OptionGroup package var hub: HubOptions

    package init() {}

    func load() throws -> Tokenizer {
        let path = try ModelLoader(environment: CurrentProcess.environment).path(of: model, hub: hub)
        return try Tokenizer(source: try TokenizerSource.read(path))
    }
}
