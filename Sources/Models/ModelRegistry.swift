package import Checkpoints
package import Layers

/// Which type implements which architecture.
package enum ModelRegistry {
    /// Every supported model type. A new architecture is a file and a row here.
    private static let models: [any CausalLanguageModel.Type] = [
        Llama.self,
        Qwen2.self,
    ]

    /// Names accepted as `architectures[0]`, sorted.
    package static var architectures: [String] { models.flatMap { $0.architectures }.sorted() }

    package static func load(
        configuration: ModelConfiguration, loader: ParameterLoader
    ) throws(LoadError) -> any CausalLanguageModel {
        let name = configuration.architecture
        guard let type = models.first(where: { $0.architectures.contains(name) }) else {
            throw .unknownArchitecture(name, supported: architectures)
        }
        return try type.init(configuration: configuration, loader: loader)
    }
}
