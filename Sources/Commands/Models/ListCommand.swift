package import ArgumentParser
internal import ChatTemplates
internal import Checkpoints

/// `lmdeploy list`: what can be named on a command line.
package struct ListCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the built-in chat templates and the cached models.")

    @Option(help: ArgumentHelp("The inference backend: turbomind.", valueName: "name"))
    package var engine = "turbomind"

    package init() {}

    package func validate() throws {
        guard engine == "turbomind" else {
            throw ToolError.option(
                name: "--engine", found: "'\(engine)'",
                expected: "turbomind: the PyTorch engine is not part of this program")
        }
    }

    package func run() throws {
        let cache = ModelCache(environment: CurrentProcess.environment)
        let text = Self.report(
            templates: ChatTemplate.builtinNames.sorted(), cacheFolder: cache.root,
            models: cache.listCachedModels().map { ($0.name, $0.byteCount, $0.path) })
        try StandardStream.write(text)
    }

    package static func report(
        templates: [String], cacheFolder: String, models: [(name: String, byteCount: Int, path: String)]
    ) -> String {
        var lines = ["The supported chat template names are:"] + templates + [""]
        if models.isEmpty {
            lines.append("No models in \(cacheFolder): `lmdeploy pull` fetches \(DefaultModel.name).")
        } else {
            lines.append("Models in \(cacheFolder):")
            let nameWidth = models.map(\.name.count).max() ?? 0
            let sizeWidth = models.map(\.byteCount.byteText.count).max() ?? 0
            for model in models {
                let name = model.name.padded(to: nameWidth)
                let size = model.byteCount.byteText
                lines.append("\(name)  \(size.padded(to: sizeWidth, left: true))  \(model.path)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
