internal import Hub
internal import Tensors

/// What a bug report should say about the machine and the program.
package struct EnvironmentReport: Sendable, Equatable, Encodable {
    package var lmdeploy: String
    package var swiftCompiler: String
    package var operatingSystem: String
    package var kernel: String
    package var architecture: String
    package var processor: String
    /// Physical cores in the affinity mask, no more than the cgroup's quota.
    package var usableCores: Int
    package var instructionSets: [String]
    /// The one in use, or why there is none.
    package var selectedInstructionSet: String
    package var totalMemoryBytes: Int
    package var availableMemoryBytes: Int
    package var cgroupMemoryLimitBytes: Int?
    package var cacheFolder: String
    package var cachedModels: [String]

    /// Looks at this machine.
    package static func collect(environment: [String: String]) -> EnvironmentReport {
        let system = SystemName.current()
        let cache = ModelCache(environment: environment)
        return EnvironmentReport(
            lmdeploy: ToolVersion.current, swiftCompiler: ToolVersion.compiler,
            operatingSystem: SystemName.distribution() ?? system.name, kernel: system.kernel,
            architecture: system.architecture, processor: Machine.cpuName(),
            usableCores: Machine.physicalCores(),
            instructionSets: InstructionSet.allCases.filter(\.isSupported).map(\.rawValue),
            selectedInstructionSet: selectedInstructionSet(environment),
            totalMemoryBytes: Machine.totalMemoryBytes(),
            availableMemoryBytes: Machine.availableMemoryBytes(),
            cgroupMemoryLimitBytes: Machine.cgroupMemoryLimitBytes(), cacheFolder: cache.root,
            cachedModels: cache.listCachedModels().map(\.name))
    }

    /// One line per fact.
    package var text: String {
        let facts: [(String, String)] = [
            ("lmdeploy-swift", lmdeploy),
            ("Swift compiler", swiftCompiler),
            ("Operating system", operatingSystem),
            ("Kernel", "\(kernel) (\(architecture))"),
            ("Processor", processor),
            ("Usable cores", "\(usableCores)"),
            ("Instruction sets", instructionSets.joined(separator: ", ")),
            ("Selected", selectedInstructionSet),
            ("Memory", "\(totalMemoryBytes.byteText), \(availableMemoryBytes.byteText) available"),
            ("Memory limit (cgroup)", cgroupMemoryLimitBytes?.byteText ?? "none"),
            ("Cache folder", cacheFolder),
            ("Cached models", cachedModels.isEmpty ? "none" : cachedModels.joined(separator: ", ")),
        ]
        return facts.map { "\($0): \($1)\n" }.joined()
    }

    private static func selectedInstructionSet(_ environment: [String: String]) -> String {
        do {
            return try Kernels.select(environment: environment).instructionSet.rawValue
        } catch {
            return "none: \(error)"
        }
    }
}
