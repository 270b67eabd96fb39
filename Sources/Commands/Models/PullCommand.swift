package import ArgumentParser
internal import Checkpoints

/// `lmdeploy pull`: fetches a model into the cache.
package struct PullCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a model into the cache and print its path.",
        discussion: """
            The cache is the folder $LMDEPLOY_CACHE, or ~/.cache/lmdeploy. A model that is already there is \
            not fetched again.
            """)

    @Argument(help: ArgumentHelp("The model's name. (default: \(DefaultModel.name))", valueName: "name"))
    package var name: String?

    package init() {}

    package func run() throws {
        if let name, name.lowercased() != DefaultModel.name.lowercased() {
            throw ToolError.unknownModel(name: name, known: DefaultModel.name)
        }
        let environment = CurrentProcess.environment
        let path = try ModelLoader(environment: environment)
            .fetchDefaultModel(into: ModelCache(environment: environment))
        try StandardStream.write(path + "\n")
    }
}
