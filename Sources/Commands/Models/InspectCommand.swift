package import ArgumentParser
internal import Checkpoints
internal import LMDeploy
internal import Tokenization

/// `lmdeploy inspect`: what a model consists of, without loading it.
package struct InspectCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show a model's metadata, tensors, formats and memory plan.",
        discussion: """
            Reads descriptions only, so that models of any size and of any architecture can be looked at. The \
            memory plan is that of `lmdeploy chat` with the same options.
            """)

    @OptionGroup(title: "Model") package var model: ModelOptions
    @OptionGroup(title: "Engine") package var engine: EngineOptions

    @Flag(help: "List every tensor.")
    package var tensors = false

    @Flag(help: "Print one JSON object.")
    package var json = false

    package init() {}

    package func run() throws {
        let environment = CurrentProcess.environment
        let path = try ModelLoader(environment: environment).path(of: model.model, hub: model.hub)
        var engineConfig = engine.engineConfig(maxBatchSize: 1)
        engineConfig.modelFormat = model.modelFormat
        let report = try ModelReport(path: path, engineConfig: engineConfig, environment: environment)
        try StandardStream.write(json ? try JSONText.encode(report) : report.text(listsTensors: tensors))
    }
}
