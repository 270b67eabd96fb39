package import ArgumentParser
internal import ChatTemplates
internal import Hub

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
            models: cache.listCachedModels().map(Self.row))
        let hub = HubClient(try HubSettings(environment: CurrentProcess.environment))
        let hubText = Self.report(
            hubFolder: hub.settings.cacheFolder, models: hub.listCachedModels().map(Self.row))
        try StandardStream.write(text + hubText)
    }

    package typealias Row = (name: String, byteCount: Int, path: String)

    private static func row(_ model: CachedModel) -> Row { (model.name, model.byteCount, model.path) }

    /// The models in a hub's cache; nothing when there are none.
    package static func report(hubFolder: String, models: [Row]) -> String {
        guard !models.isEmpty else { return "" }
        return (["", "Models in \(hubFolder):"] + table(models)).joined(separator: "\n") + "\n"
    }

    package static func report(
        templates: [String], cacheFolder: String, models: [Row]
    ) -> String {
        var lines = ["The supported chat template names are:"] + templates + [""]
        if models.isEmpty {
            lines.append("No models in \(cacheFolder): `lmdeploy pull` fetches \(DefaultModel.name).")
        } else {
            lines.append("Models in \(cacheFolder):")
            lines += table(models)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ models: [Row]) -> [String] {
        let nameWidth = models.map(\.name.count).max() ?? 0
        let sizeWidth = models.map(\.byteCount.byteText.count).max() ?? 0
        return models.map { model in
            let name = model.name.padded(to: nameWidth)
            let size = model.byteCount.byteText
            return "\(name)  \(size.padded(to: sizeWidth, left: true))  \(model.path)"
        }
    }
}
