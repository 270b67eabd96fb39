internal import Tensors

/// A model on disk: a GGUF file, a Hugging Face folder or a workspace, with its weights memory-mapped.
package final class Checkpoint: Sendable {
    package enum Kind: String, Sendable {
        case gguf
        case huggingFace
        /// Meta's original files of Llama.
        case meta
        /// Packed weights that `lmdeploy convert` wrote.
        case workspace
    }

    package let path: String
    package let kind: Kind
    package let configuration: ModelConfiguration
    package let generationDefaults: GenerationDefaults
    /// How linear layers are quantised that are not one tensor each.
    package let quantization: WeightQuantization?
    /// By Hugging Face name, for example "model.layers.0.self_attn.q_proj.weight".
    ///
    /// None in a workspace, whose weights are packed.
    package let tensors: [String: CheckpointTensor]
    /// The Jinja sources of the model's chat templates, and the file that they are from.
    package let chatTemplates: ChatTemplateSources
    /// The text of the beginning-of-sequence token, for chat templates.
    package let bosToken: String?
    /// The text of the end-of-sequence token, for chat templates.
    package let eosToken: String?
    /// Packed weights and settings, where the model is a workspace.
    package let workspace: ModelWorkspace?

    private let readTokenizer: @Sendable () throws(CheckpointError) -> TokenizerSource

    /// Opens a GGUF file, a Hugging Face folder or a workspace and checks everything but the tensors' values.
    ///
    /// - Parameter supportedArchitectures: when given, any other architecture is refused with this list
    ///   before the fields of its configuration, which may be named differently, are looked at.
    package static func open(
        _ path: String,
        supportedArchitectures: [String]? = nil
    ) throws(CheckpointError) -> Checkpoint {
        let gate = ArchitectureGate(supported: supportedArchitectures)
        switch FileSystem.kind(of: path) {
        case .folder where WorkspaceFolder.isWorkspace(path):
            return try ModelWorkspace.open(path, gate)
        case .folder:
            return try HuggingFaceFolder.open(path, gate)
        case .file:
            return try GGUFCheckpoint.open(path, gate)
        case .missing:
            throw CheckpointError(
                .missingFile,
                "no model at \(quoted(path, limit: 1000)): give the path of a GGUF file, or of a folder with "
                    + "config.json, model.safetensors and tokenizer.json"
            )
        case .other:
            throw CheckpointError(
                .unreadable,
                "\(path) cannot be read as a file or a folder: check its permissions, or give the path of a "
                    + "GGUF file or of a model folder"
            )
        }
    }

    /// The Jinja source of the default chat template.
    package var chatTemplate: String? { chatTemplates.byName["default"] }

    /// Reads what the tokenizer is built from.
    package func tokenizerSource() throws(CheckpointError) -> TokenizerSource {
        try readTokenizer()
    }

    /// Drops everything that was read of the files from this process's memory; it is read again when needed.
    package func discardPages() {
        for tensor in tensors.values {
            tensor.discard()
        }
    }

    init(
        path: String,
        kind: Kind,
        configuration: ModelConfiguration,
        generationDefaults: GenerationDefaults,
        quantization: WeightQuantization? = nil,
        tensors: [String: CheckpointTensor],
        chatTemplates: ChatTemplateSources,
        bosToken: String?,
        eosToken: String?,
        workspace: ModelWorkspace? = nil,
        readTokenizer: @escaping @Sendable () throws(CheckpointError) -> TokenizerSource
    ) {
        self.path = path
        self.kind = kind
        self.configuration = configuration
        self.generationDefaults = generationDefaults
        self.quantization = quantization
        self.tensors = tensors
        self.chatTemplates = chatTemplates
        self.bosToken = bosToken
        self.eosToken = eosToken
        self.workspace = workspace
        self.readTokenizer = readTokenizer
    }
}

/// Refuses architectures the caller cannot run.
struct ArchitectureGate {
    let supported: [String]?

    func check(_ architecture: String, in file: String) throws(CheckpointError) {
        guard let supported, !supported.contains(architecture) else { return }
        throw CheckpointError(
            .unsupported,
            "\(file): the architecture \(quoted(architecture)) is not supported; supported are "
                + supported.sorted().joined(separator: ", ")
        )
    }
}

extension MappedFile {
    /// Maps a checkpoint file, with a checkpoint's error.
    static func open(_ path: String) throws(CheckpointError) -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch {
            throw CheckpointError(.unreadable, "\(error); check that the file exists and its permissions")
        }
    }
}
