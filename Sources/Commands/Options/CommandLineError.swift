internal import ArgumentParser

/// Errors of a command line as one line.
package enum CommandLineError {
    /// - Parameter arguments: the command line, to point at the right help.
    package static func line(for error: any Error, arguments: [String]) -> String {
        let message = LMDeployTool.message(for: error)
        let line = ErrorReport.line(message: message)
        guard isUsageError(error) else { return line }
        return "\(line) (see `\(commandPath(arguments)) --help`)"
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
