internal import Tensors

/// A workspace: packed weights, settings, and scales of the KV cache.
package struct ModelWorkspace: Sendable {
    package let folder: WorkspaceFolder
    package let packed: PackedCheckpoint
    package let settings: WorkspaceSettings
    /// Lines about keys of `config.ini` that mean nothing.
    package let warnings: [String]

    init(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) {
        folder = WorkspaceFolder(path)
        packed = try PackedCheckpoint(folder)
        try gate.check(packed.configuration.architecture, in: folder.packedFile(rank: 0))
        let facts = WorkspaceFacts(packed.files[0].table)
        (settings, warnings) = try WorkspaceSettings.read(INIFile(folder.configuration), facts: facts)
    }

    package var cacheScales: CacheScaleFiles { CacheScaleFiles(folder) }

    /// Opens a workspace as a checkpoint whose weights are packed already, and which has no tensors.
    static func open(_ path: String, _ gate: ArchitectureGate) throws(CheckpointError) -> Checkpoint {
        let workspace = try ModelWorkspace(path, gate)
        let configuration = workspace.packed.configuration
        let folder = workspace.folder.tokenizer
        let texts = try TokenizerTexts(workspace.folder, configuration)
        return Checkpoint(
            path: path, kind: .workspace, configuration: configuration,
            generationDefaults: workspace.packed.generationDefaults, tensors: [:],
            chatTemplates: texts.chatTemplates, bosToken: texts.bosToken, eosToken: texts.eosToken,
            workspace: workspace,
            readTokenizer: { () throws(CheckpointError) in try TokenizerSource.read(folder) })
    }
}

/// What chat templates need, from a GGUF file's head or the files of a model folder.
private struct TokenizerTexts {
    let chatTemplates: ChatTemplateSources
    let bosToken: String?
    let eosToken: String?

    init(_ folder: WorkspaceFolder, _ configuration: ModelConfiguration) throws(CheckpointError) {
        if FileSystem.kind(of: folder.ggufTokenizer) == .file {
            let metadata = try GGUFFile(MappedFile.open(folder.ggufTokenizer)).metadata
            let tokenizer = GGUFTokenizerReader(metadata)
            chatTemplates = try GGUFCheckpoint.chatTemplates(metadata)
            bosToken = try tokenizer.tokenText(configuration.bosTokenID)
            eosToken = try tokenizer.tokenText(configuration.eosTokenIDs.first)
        } else {
            let files = try HuggingFaceTokenizerConfig(folder: folder.tokenizer)
            chatTemplates = try files.chatTemplates()
            bosToken = try files.tokenText("bos_token")
            eosToken = try files.tokenText("eos_token")
        }
    }
}
