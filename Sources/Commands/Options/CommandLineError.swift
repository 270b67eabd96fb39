internal import ArgumentParser
internal import LMDeploy

/// Errors of a command line as one line.
package enum CommandLineError {
    /// - Parameter arguments: the command line, to point at the right help.
    package static func line(for error: any Error, arguments: [String]) -> String {
        let message = LMDeployTool.message(for: namingOption(error))
        let line = ErrorReport.line(message: message)
        guard isUsageError(error) else { return line }
        return "\(line) (see `\(commandPath(arguments)) --help`)"
    }

    /// The library names a field where the command line has an option.
    private static func namingOption(_ error: any Error) -> any Error {
        guard case .invalidParameter("model_format", let found, let expected) = error as? PipelineError else {
            return error
        }
        return ToolError.option(name: "--model-format", found: found, expected: expected)
    }

    /// Whether the command line could not be understood; errors of this program say themselves what to do.
    private static func isUsageError(_ error: any Error) -> Bool {
        LMDeployTool.exitCode(for: error) == .validationFailure
    }

    /// The deepest command that `arguments` name, such as `lmdeploy benchmark machine`.
    package static func commandPath(_ arguments: [String]) -> String {
        var path = ["lmdeploy"]
        var commands: [any ParsableCommand.Type] = LMDeployTool.configuration.subcommands
        for argument in arguments {
            guard
                let command = commands.first(where: {
                    $0.configuration.commandName == argument || $0.configuration.aliases.contains(argument)
                })
            else { break }
            path.append(command.configuration.commandName ?? argument)
            commands = command.configuration.subcommands
        }
        return path.joined(separator: " ")
    }
}
