package import ArgumentParser

/// `lmdeploy serve`: a model for other programs, and clients of it.
package struct ServeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model over HTTP, or talk to a server.",
        subcommands: [APIServerCommand.self, GradioCommand.self, APIClientCommand.self])

    package init() {}
}
