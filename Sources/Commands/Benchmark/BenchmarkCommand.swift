package import ArgumentParser

/// `lmdeploy benchmark`: measurements of this machine and of the engine on it.
package struct BenchmarkCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measure this machine and the engine on it.",
        subcommands: [
            MachineCommand.self, KernelsCommand.self, ProfileGenerationCommand.self,
            ProfileThroughputCommand.self, MemoryCommand.self, MemoryCaseCommand.self,
        ])

    package init() {}
}
