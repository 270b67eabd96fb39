/// Writes a workspace beside its place, and puts it there when it is complete.
package final class WorkspaceWriter {
    package let folder: WorkspaceFolder
    private let staged: StagedFolder

    /// - Parameter destination: a folder that is missing, empty, or a workspace, which is replaced in the end.
    package init(_ destination: String) throws(CheckpointError) {
        staged = try StagedFolder(destination, mayReplace: WorkspaceFolder.isWorkspace)
        folder = WorkspaceFolder(staged.path)
        try staged.makeFolder("triton_models/tokenizer")
        try staged.makeFolder("triton_models/weights")
    }

    package func packedFile(_ table: PackedTable) throws(CheckpointError) -> PackedFileWriter {
        try PackedFileWriter(path: folder.packedFile(rank: table.rank), table: table)
    }

    /// - Parameter source: a GGUF file, a model folder, or one file of a vocabulary.
    package func copyTokenizer(from source: String) throws(CheckpointError) {
        try TokenizerFileCopy.copy(from: source, to: folder.tokenizer)
    }

    /// Writes the settings, reads everything back, and puts the folder in its place.
    /// - Parameter table: rank 0's.
    package func finish(settings: WorkspaceSettings, table: PackedTable) throws(CheckpointError) {
        let stream = try OutputStream(folder.configuration)
        try stream.write(Array(settings.text(facts: WorkspaceFacts(table)).utf8))
        try stream.finish()
        let written = try Checkpoint.open(folder.path)
        guard written.configuration == table.configuration,
            written.generationDefaults == table.generationDefaults,
            written.workspace?.settings == settings
        else {
            throw CheckpointError(
                .unwritable,
                "\(folder.configuration) does not say what was written: the disk or the memory is faulty")
        }
        try staged.commit()
    }
}
