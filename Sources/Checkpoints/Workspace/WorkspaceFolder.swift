/// Where things lie in a workspace, the folder that `lmdeploy convert` writes and every command takes as a model.
package struct WorkspaceFolder: Sendable, Equatable {
    package let path: String

    package init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Whether there is a workspace at a path.
    package static func isWorkspace(_ path: String) -> Bool {
        FileSystem.kind(of: WorkspaceFolder(path).configuration) == .file
    }

    /// The tokenizer's files and the chat template.
    package var tokenizer: String { path + "/triton_models/tokenizer" }
    package var weights: String { path + "/triton_models/weights" }
    /// The settings, for people to edit.
    package var configuration: String { weights + "/config.ini" }

    /// The packed weights of one tensor-parallel rank.
    package func packedFile(rank: Int) -> String { weights + "/packed.\(rank).bin" }

    /// The head of the GGUF file that the tokenizer came from, where it did.
    package var ggufTokenizer: String { tokenizer + "/" + Self.ggufTokenizerName }
    static let ggufTokenizerName = "tokenizer.gguf"
}
