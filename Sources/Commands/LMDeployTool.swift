public import ArgumentParser

/// The `lmdeploy` program.
public struct LMDeployTool: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "lmdeploy",
        abstract: "Deploy large language models on CPUs, with LMDeploy's commands.",
        discussion: """
            Examples:
              lmdeploy chat                              chat with the default model
              lmdeploy chat MODEL                        GGUF file, folder or ORG/NAME
              lmdeploy chat --prompt "Hello!" --stats    one reply, and its speed
              echo "Hello!" | lmdeploy chat              messages from a pipe
              lmdeploy serve api_server MODEL            OpenAI's interface on port 23333
              lmdeploy benchmark machine                 the limits of this machine

            Options may be spelt with hyphens or underscores: --session-len, --session_len.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Model",
                subcommands: [
                    ChatCommand.self, ConvertCommand.self, PullCommand.self, ListCommand.self,
                    LiteCommand.self,
                ]),
            CommandGroup(name: "Serving", subcommands: [ServeCommand.self]),
            CommandGroup(
                name: "Inspection",
                subcommands: [
                    InspectCommand.self, TokenizeCommand.self, DetokenizeCommand.self, TemplateCommand.self,
                ]),
            CommandGroup(name: "Quality", subcommands: [EvaluateCommand.self]),
            CommandGroup(
                name: "Machine", subcommands: [CheckEnvironmentCommand.self, BenchmarkCommand.self]),
        ])

    @Flag(name: [.customShort("v"), .customLong("version")], help: "Show the version.")
    var showsVersion = false

    public init() {}

    public func run() async throws {
        guard showsVersion else { throw CleanExit.helpRequest(self) }
        try StandardStream.write(ToolVersion.current + "\n")
    }

    /// Runs the command line of this process and ends it.
    public static func runProcess() async -> Never {
        StandardStream.ignoreBrokenPipes()
        let arguments = ArgumentNormalization.normalize(Array(CommandLine.arguments.dropFirst()))
        CurrentProcess.end(exitCode: await run(arguments))
    }

    /// Runs a command line, given without the program's name and normalised.
    /// - Returns: the exit code.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch OutputError.closed {
            // Whoever read the output has seen enough.
            return 0
        } catch {
            return report(error, arguments)
        }
    }

    /// Prints help to standard output, or one line about the error to standard error.
    private static func report(_ error: any Error, _ arguments: [String]) -> Int32 {
        if exitCode(for: error).isSuccess {
            try? StandardStream.write(fullMessage(for: error) + "\n")
            return 0
        }
        try? StandardStream.write(
            CommandLineError.line(for: error, arguments: arguments) + "\n", to: StandardStream.error)
        return 1
    }
}
