extension WorkspaceSettings {
    /// The text of `config.ini`.
    func text(facts: WorkspaceFacts) -> String {
        func line(_ key: String, _ value: (some Any)?) -> String { value.map { "\(key) = \($0)" } ?? "" }
        let facts = facts.values.map { "\($0.key) = \($0.value)" }
        let first = facts.filter { !$0.hasPrefix("max_position_embeddings") }
        let settings = [
            line("session_len", sessionLength), line("max_batch_size", maxBatchSize),
            line("max_context_token_num", 1), line("step_length", 1),
            line("cache_max_entry_count", cacheMaxEntryCount),
            line("cache_block_seq_len", cacheBlockSeqLen), line("cache_chunk_size", -1),
            line("num_tokens_per_iter", 0), line("max_prefill_iters", 1),
            line("extra_tokens_per_iter", 0), line("use_context_fmha", 1),
            line("quant_policy", quantPolicy),
        ]
        let last = [
            line("rope_scaling_factor", ropeScalingFactor),
            line("use_logn_attn", useLognAttn.map { $0 ? 1 : 0 }),
        ]
        let lines =
            Self.comments + [
                "[\(Self.section)]", line("model_name", modelName), line("chat_template", chatTemplate),
            ]
            + first + settings + facts.filter { $0.hasPrefix("max_position_embeddings") } + last
        return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private static let comments = [
        "# These settings may be changed, and count from the next start on: model_name, chat_template, session_len,",
        "# max_batch_size, cache_max_entry_count, cache_block_seq_len, quant_policy, rope_scaling_factor,",
        "# use_logn_attn. Options of a command go before them. The rest describes the packed weights, except for",
        "# max_context_token_num, step_length, cache_chunk_size, num_tokens_per_iter, max_prefill_iters,",
        "# extra_tokens_per_iter and use_context_fmha, which LMDeploy knows and which change nothing here.",
    ]
}
