import Checkpoints
import Tensors
import TestSupport
import Testing

/// `config.ini` of a workspace, edited by people.
struct WorkspaceSettingsTests {
    /// Opens a workspace in whose settings `line` takes the place of the line that sets the same key, or of none.
    private static func open(_ line: String) throws -> ModelWorkspace {
        let folder = try TinyWorkspace.folder()
        let key = line.split(separator: "=")[0].trimmingSpaces
        var lines = try folder.readText(TinyWorkspace.config).split(separator: "\n").map(String.init)
        if let index = lines.firstIndex(where: { $0.hasPrefix(key + " =") }) {
            lines[index] = line
        } else {
            lines.append(line)
        }
        try folder.write(lines.joined(separator: "\n"), to: TinyWorkspace.config)
        return try #require(try Checkpoint.open(folder.path).workspace)
    }

    @Test
    func `the file has LMDeploy's section, names and order`() throws {
        let folder = try TinyWorkspace.folder()
        let lines = try folder.readText(TinyWorkspace.config).split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        #expect(lines[0] == "[llama]")
        #expect(
            lines.dropFirst().map { $0.prefix { $0 != " " } } == [
                "model_name", "chat_template", "tensor_para_size", "head_num", "kv_head_num", "vocab_size",
                "num_layer", "inter_size", "norm_eps", "attn_bias", "start_id", "end_id", "weight_type",
                "rotary_embedding", "rope_theta", "size_per_head", "group_size", "session_len",
                "max_batch_size",
                "max_context_token_num", "step_length", "cache_max_entry_count", "cache_block_seq_len",
                "cache_chunk_size", "num_tokens_per_iter", "max_prefill_iters", "extra_tokens_per_iter",
                "use_context_fmha", "quant_policy", "max_position_embeddings", "rope_scaling_factor",
                "use_logn_attn",
            ])
        #expect(lines.contains("weight_type = int4") && lines.contains("group_size = 32"))
        #expect(lines.contains("rotary_embedding = 8") && lines.contains("norm_eps = 1e-05"))
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        var line: String
        var change: @Sendable (inout WorkspaceSettings) -> Void
        var testDescription: String { line }
    }

    @Test(arguments: [
        Edit(line: "quant_policy = 8") { $0.quantPolicy = 8 },
        Edit(line: "QUANT_POLICY=4") { _ in },
        Edit(line: "session_len = 100") { $0.sessionLength = 100 },
        Edit(line: "max_batch_size = 7") { $0.maxBatchSize = 7 },
        Edit(line: "cache_max_entry_count = 0.25") { $0.cacheMaxEntryCount = 0.25 },
        Edit(line: "cache_max_entry_count = 48") { $0.cacheMaxEntryCount = 48 },
        Edit(line: "cache_block_seq_len = 128") { $0.cacheBlockSeqLen = 128 },
        Edit(line: "rope_scaling_factor = 2.5") { $0.ropeScalingFactor = 2.5 },
        Edit(line: "use_logn_attn = 1") { $0.useLognAttn = true },
        Edit(line: "use_logn_attn = False") { $0.useLognAttn = false },
        Edit(line: "model_name = another name") { $0.modelName = "another name" },
        Edit(line: "chat_template = vicuna") { $0.chatTemplate = "vicuna" },
        Edit(line: "norm_eps = 0.00001") { _ in },
        Edit(line: "; session_len = 3") { _ in },
    ])
    func `edits are read`(edit: Edit) throws {
        // A key in other letters is the same key, so the file has it twice.
        guard edit.line != "QUANT_POLICY=4" else {
            let error = #expect(throws: CheckpointError.self) { try Self.open(edit.line) }
            #expect(error?.message.contains("the key 'quant_policy' is there a second time") == true)
            return
        }
        var expected = TinyWorkspace.settings()
        edit.change(&expected)
        let workspace = try Self.open(edit.line)
        #expect(workspace.settings == expected)
        #expect(workspace.warnings.isEmpty)
    }

    @Test(arguments: [
        ("quant_policy = 5", "quant_policy is '5', expected 0, 4 or 8"),
        ("quant_policy = 8 # int8", "quant_policy is '8 # int8', expected an integer"),
        ("session_len = many", "session_len is 'many', expected an integer from 2"),
        ("session_len =", "session_len is '', expected an integer from 2"),
        ("session_len = 99999999999999999999", "expected an integer from 2"),
        ("max_batch_size = 0", "max_batch_size is '0', expected an integer from 1 to 4096"),
        ("cache_max_entry_count = 0", "expected a share of the free memory"),
        ("cache_max_entry_count = 1.5", "expected a share of the free memory"),
        ("cache_max_entry_count = nan", "cache_max_entry_count is 'nan', expected a number"),
        ("rope_scaling_factor = 0.5", "expected 0 for none, or a number from 1"),
        ("rope_scaling_factor = -1", "expected 0 for none, or a number from 1"),
        ("use_logn_attn = yes", "use_logn_attn is 'yes', expected 0 or 1"),
        ("model_name =", "model_name is '', expected a name"),
        ("step_length = x", "step_length is 'x', expected a number"),
        ("head_num = 8", "head_num is '8', expected 4, as the packed weights have it"),
        ("rope_theta = 10000.0", "expected 50000.0, as the packed weights have it"),
        ("weight_type = fp16", "weight_type is 'fp16', expected int4, as the packed weights have it"),
        ("tensor_para_size = 2", "expected 1, as the packed weights have it"),
        ("no equals sign", "found 'no equals sign', expected 'key = value'"),
        ("= 5", "found '= 5', expected 'key = value'"),
        ("[llama", "found '[llama', expected a section"),
    ])
    func `mistakes are refused with line and key`(line: String, expected: String) throws {
        let error = try #require(throws: CheckpointError.self) { try Self.open(line) }
        #expect(error.message.contains(expected), "\(error)")
        #expect(error.message.contains("config.ini line "), "\(error)")
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `keys that mean nothing are warned about`() throws {
        let workspace = try Self.open("max_batchsize = 5")
        #expect(workspace.settings == TinyWorkspace.settings())
        #expect(workspace.warnings.count == 1)
        #expect(workspace.warnings[0].contains("the key 'max_batchsize' is not known"))
        let other = try Self.open("[other]\nsession_len = 5")
        #expect(
            other.warnings.count == 1 && other.warnings[0].contains("'session_len' in [other] is not used"))
    }

    @Test
    func `what was removed is not set`() throws {
        let folder = try TinyWorkspace.folder()
        try folder.write("[llama]\n", to: TinyWorkspace.config)
        let workspace = try #require(try Checkpoint.open(folder.path).workspace)
        #expect(workspace.settings == WorkspaceSettings())
        try folder.write("", to: TinyWorkspace.config)
        #expect(try Checkpoint.open(folder.path).workspace?.settings == WorkspaceSettings())
        try folder.write("quant_policy = 8", to: TinyWorkspace.config)
        #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        try folder.write([0x5B, 0xFF, 0xFE], to: TinyWorkspace.config)
        #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String { String(filter { $0 != " " }) }
}
