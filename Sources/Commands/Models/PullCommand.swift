package import ArgumentParser
internal import Hub

/// `lmdeploy pull`: fetches a model into a cache.
package struct PullCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a model into the cache and print its path.",
        discussion: """
            ORG/NAME is a model on huggingface.co, or on modelscope.cn with LMDEPLOY_USE_MODELSCOPE=True. It \
            goes into the cache of the hub's own client, and an interrupted download goes on where it stopped. \
            Configuration, vocabulary and one form of the weights are taken: safetensors, else *.bin, else \
            *.pth, else the only GGUF file. ORG/NAME:Q4_K_M names one of several GGUF files.

            The default model goes into $LMDEPLOY_CACHE, or ~/.cache/lmdeploy.
            """)

    @Argument(
        help: ArgumentHelp(
            "The model, as ORG/NAME, ORG/NAME@REVISION or ORG/NAME:FILE. (default: \(DefaultModel.name))",
            valueName: "model"))
    package var name: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Take the files that match one of these patterns.", valueName: "pattern"))
    package var include: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Leave out the files that match one of these patterns.", valueName: "pattern"))
    package var exclude: [String] = []

    @OptionGroup(title: "Hub") package var hub: HubOptions

    package init() {}

    package func run() throws {
        try StandardStream.write(try fetch() + "\n")
    }

    private func fetch() throws -> String {
        let environment = CurrentProcess.environment
        let loader = ModelLoader(environment: environment)
        guard let name, name.lowercased() != DefaultModel.name.lowercased() else {
            return try loader.fetchDefaultModel(into: ModelCache(environment: environment))
        }
        guard ModelReference.isReference(name) else {
            throw ToolError.unknownModel(name: name, known: DefaultModel.name)
        }
        return try loader.download(
            hub.reference(name), hub: hub, files: FileSelection(include: include, exclude: exclude),
            freshness: .latest)
    }
}
