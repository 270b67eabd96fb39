package import ArgumentParser

/// `lmdeploy eval`: how good a model is, and what a compression of it cost.
package struct EvaluateCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure how well a model predicts.",
        subcommands: [PerplexityCommand.self, DivergenceCommand.self, ChoiceCommand.self])

    package init() {}
}
