import Checkpoints
import Tensors
import TestSupport
import Testing

/// Workspaces as they are written and opened.
struct WorkspaceTests {
    @Test
    func `everything about the model comes back`() throws {
        let folder = try TinyWorkspace.folder()
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.kind == .workspace)
        #expect(checkpoint.configuration == TinyWorkspace.configuration)
        #expect(checkpoint.generationDefaults == TinyWorkspace.defaults)
        #expect(checkpoint.tensors.isEmpty)
        let workspace = try #require(checkpoint.workspace)
        #expect(workspace.settings == TinyWorkspace.settings())
        #expect(workspace.warnings.isEmpty)
        #expect(
            workspace.packed.names.sorted() == [
                "a.k_proj.weight", "a.q_proj.weight", "model.embed_tokens.weight", "model.norm.weight",
            ])
        let matrix = try #require(workspace.packed.matrix("a.q_proj.weight"))
        #expect(matrix.format == .w4(group: 32) && matrix.rows == 80 && matrix.columns == 64)
        let expected = try TinyWorkspace.matrix(.w4(group: 32), rows: 80, columns: 64)
        let file = workspace.packed.files[0]
        let found = try PackedMatrix(
            format: .w4(group: 32), rows: 80, columns: 64, storage: file.slice(of: matrix))
        #expect(found.withPackedBytes { Array($0) } == expected.withPackedBytes { Array($0) })
        let vector = try #require(workspace.packed.vector("model.norm.weight"))
        #expect(file.floats(of: vector, part: 0) == (0..<64).map { Float($0) / 3 })
    }

    @Test
    func `numbers of every kind survive the file`() throws {
        var random = SeededGenerator(seed: 5)
        var configuration = TinyWorkspace.configuration
        for _ in 0..<50 {
            let factors = (0..<64).map { _ in
                Float(bitPattern: UInt32.random(in: 1...0x7F7F_FFFF, using: &random))
            }
            configuration.ropeScaling = .factors(factors)
            configuration.ropeTheta = Double(bitPattern: UInt64.random(in: 1...(0x7FE << 52), using: &random))
            configuration.rmsNormEpsilon = factors[0]
            let folder = try TemporaryFolder()
            let path = folder.path("x.bin")
            let writer = try PackedFileWriter(
                path: path,
                table: PackedTable(
                    configuration: configuration, generationDefaults: TinyWorkspace.defaults, rank: 0,
                    ranks: 1))
            let written = try writer.finish()
            #expect(try PackedFile(path: path).table == written)
        }
    }

    @Test
    func `a GGUF file's tokenizer and templates are kept to the byte`() throws {
        let files = try TemporaryFolder()
        let source = try files.write(TinyFiles.gguf().build(), to: "x.gguf")
        let folder = try TemporaryFolder()
        try TinyWorkspace.write(to: folder.path, tokenizer: source)
        guard case .gguf(let expected) = try TokenizerSource.read(source),
            case .gguf(let found) = try TokenizerSource.read(folder.path)
        else {
            Issue.record("no tokenizer of a GGUF file")
            return
        }
        #expect(found == expected)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(
            checkpoint.chatTemplates
                == ChatTemplateSources(byName: ["default": "{{ messages }}"], origin: "GGUF metadata"))
        #expect(checkpoint.bosToken == "</s>" && checkpoint.eosToken == "a")
    }

    @Test
    func `a folder's tokenizer files are copied`() throws {
        let source = try TemporaryFolder()
        let texts = [
            "tokenizer.json": "{}", "tokenizer_config.json": #"{"bos_token": "<s>", "chat_template": "x"}"#,
            "generation_config.json": "{}", "additional_chat_templates/rag.jinja": "y",
            "chat_template.jinja": "z", "vocab.txt": "a\nb",
        ]
        for (name, text) in texts { try source.write(text, to: name) }
        try source.write("no", to: "model.safetensors")
        let folder = try TemporaryFolder()
        try TinyWorkspace.write(to: folder.path, tokenizer: source.path)
        for (name, text) in texts { #expect(try folder.readText("triton_models/tokenizer/" + name) == text) }
        #expect(folder.entries("triton_models/tokenizer").count == texts.count)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.chatTemplates.byName == ["default": "z", "rag": "y"])
        #expect(checkpoint.bosToken == "<s>")
    }

    @Test
    func `one file of a vocabulary gets a name that readers look for`() throws {
        let source = try TemporaryFolder()
        try source.write([0x0A, 1, 2], to: "my.model")
        try source.write("{}", to: "special_tokens_map.json")
        let folder = try TemporaryFolder()
        try TinyWorkspace.write(to: folder.path, tokenizer: source.path("my.model"))
        #expect(
            folder.entries("triton_models/tokenizer") == ["special_tokens_map.json", "tokenizer.model"])
        #expect(throws: CheckpointError.self) {
            try TinyWorkspace.write(to: folder.path("other"), tokenizer: source.path("missing"))
        }
        #expect(!folder.exists("other"))
    }

    @Test
    func `a summary lists settings and matrices`() throws {
        let folder = try TinyWorkspace.folder()
        let summary = try CheckpointSummary(path: folder.path)
        #expect(summary.format == "TurboMind workspace, packed layout 1.1")
        #expect(summary.architecture == "LlamaForCausalLM" && summary.fileCount == 1)
        #expect(summary.byteCount == (try folder.read(TinyWorkspace.packed)).count)
        #expect(summary.metadata.contains { $0.key == "head_num" && $0.value == "'4'" })
        #expect(
            summary.tensors.map(\.name) == [
                "model.embed_tokens.weight", "a.q_proj.weight + a.k_proj.weight", "model.norm.weight",
            ])
        #expect(summary.tensors.map(\.type) == ["w8 g32", "w4 g32", "fp32"])
    }

    @Test
    func `architectures that cannot be run are refused`() throws {
        let folder = try TinyWorkspace.folder()
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(folder.path, supportedArchitectures: ["OtherForCausalLM"])
        }
        #expect(error?.code == .unsupported)
    }
}
