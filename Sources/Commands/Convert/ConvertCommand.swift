package import ArgumentParser
internal import LMDeploy

/// `lmdeploy convert`: packs a model's weights once, for starts that only map them.
package struct ConvertCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model as a workspace, from which it starts at once.",
        discussion: """
            A workspace has the weights as the kernels read them, so that a start maps them and reads none, the \
            tokenizer, the chat template, and settings that can be edited: \
            triton_models/weights/config.ini. Every command takes its folder as a model.

            LMDeploy's early form names the chat template first: lmdeploy convert internlm-chat-7b MODEL.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a model folder, or a model on a hub; before it, if at all, the name of a built-in chat "
                + "template.",
            valueName: "model"))
    package var positionals: [String] = []

    @Option(help: ArgumentHelp("The name of a built-in chat template, as a flag.", valueName: "name"))
    package var modelName: String?

    @Option(
        name: [.customLong("model-path"), .customLong("model")],
        help: ArgumentHelp("The model, as a flag.", valueName: "model"))
    package var modelPath: String?

    @OptionGroup package var format: ConversionOptions
    @OptionGroup(title: "Hub") package var hub: HubOptions

    package init() {}

    package func validate() throws {
        guard positionals.count <= 2 else {
            throw ToolError.conflict(
                "'\(positionals[2])' is one argument too many: expected a model, or a chat template's name and a "
                    + "model")
        }
        _ = try named()
    }

    /// The chat template's name and the model, however they were given.
    package func named() throws(ToolError) -> (template: String?, model: String?) {
        var rest = positionals[...]
        var (template, model) = (modelName, modelPath)
        if rest.count == 2, let first = rest.popFirst() {
            template = try one(template, first, "chat template")
        }
        if let last = rest.popFirst() {
            // With the model as a flag, a lone name is the template's.
            if model != nil, template == nil, model != last {
                template = last
            } else {
                model = try one(model, last, "model")
            }
        }
        return (template, model)
    }

    package func run() throws {
        let environment = CurrentProcess.environment
        let loader = ModelLoader(environment: environment)
        let (template, model) = try named()
        let path = try loader.path(of: model, hub: hub)
        var conversion = WorkspaceConversion(source: path, destination: format.dstPath)
        conversion.modelFormat = format.modelFormat
        conversion.modelName = template
        conversion.tokenizerPath = format.tokenizerPath
        conversion.ranks = format.tp
        conversion.dtype = format.dtype
        conversion.group = format.groupSize == 0 ? nil : format.groupSize
        conversion.threads = format.threads
        let work = conversion
        defer { loader.progress.clear() }
        let result = try InterruptGuard.run {
            try work.run(isCancelled: { InterruptGuard.isInterrupted }) { step in
                loader.progress.show(
                    "packing \(path): \(ModelLoader.percent(step.completedBytes, of: step.totalBytes))")
            }
        }
        loader.progress.clear()
        try StandardStream.write(Self.summary(result, destination: format.dstPath))
    }

    private static func summary(_ result: WorkspaceConversion.Result, destination: String) -> String {
        """
        \(destination): \(result.weightBytes.byteText) of packed weights, chat template \(result.chatTemplate)
        \(result.conversions)
        Chat with it: lmdeploy chat \(destination)

        """.printable()
    }

    private func one(_ first: String?, _ second: String, _ what: String) throws(ToolError) -> String {
        guard let first, first != second else { return second }
        throw .conflict("the \(what) is given twice, as '\(first)' and as '\(second)': keep one")
    }
}
