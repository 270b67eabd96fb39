/// What `config.ini` of a workspace sets; nil where it says nothing.
package struct WorkspaceSettings: Sendable, Equatable {
    package var modelName: String?
    /// A built-in chat template's name, or "hf" for the model's own.
    package var chatTemplate: String?
    package var sessionLength: Int?
    package var maxBatchSize: Int?
    package var cacheMaxEntryCount: Double?
    package var cacheBlockSeqLen: Int?
    package var quantPolicy: Int?
    package var ropeScalingFactor: Double?
    package var useLognAttn: Bool?

    package init() {}

    static let section = "llama"

    /// Reads the settings, and compares what else the file says with the packed weights.
    /// - Returns: also a line for each key that means nothing here.
    static func read(
        _ file: INIFile, facts: WorkspaceFacts
    ) throws(CheckpointError) -> (settings: WorkspaceSettings, warnings: [String]) {
        var settings = WorkspaceSettings()
        var warnings: [String] = []
        for entry in file.entries {
            guard entry.section == section else {
                warnings.append(
                    "\(file.path) line \(entry.line): \(quoted(entry.key)) in [\(entry.section)] is not used; "
                        + "settings belong in [\(section)]")
                continue
            }
            if try settings.take(entry, of: file) { continue }
            if try facts.check(entry, of: file) { continue }
            if unusedKeys.contains(entry.key) {
                _ = try number(entry, of: file)
                continue
            }
            warnings.append(
                "\(file.path) line \(entry.line): the key \(quoted(entry.key)) is not known and not used")
        }
        return (settings, warnings)
    }

    /// Settings of LMDeploy's engine that have no counterpart here.
    static let unusedKeys: Set<String> = [
        "max_context_token_num", "step_length", "cache_chunk_size", "num_tokens_per_iter",
        "max_prefill_iters", "extra_tokens_per_iter", "use_context_fmha",
    ]

    // MARK: - Internals

    /// Takes a value over; false when the key is no setting.
    private mutating func take(_ entry: INIFile.Entry, of file: INIFile) throws(CheckpointError) -> Bool {
        switch entry.key {
        case "model_name": modelName = try Self.text(entry, of: file)
        case "chat_template": chatTemplate = try Self.text(entry, of: file)
        case "session_len": sessionLength = try Self.integer(entry, of: file, in: 2...ModelLimits.size)
        case "max_batch_size": maxBatchSize = try Self.integer(entry, of: file, in: 1...4096)
        case "cache_block_seq_len":
            cacheBlockSeqLen = try Self.integer(entry, of: file, in: 1...ModelLimits.size)
        case "quant_policy":
            quantPolicy = try Self.integer(entry, of: file, in: 0...8)
            guard [0, 4, 8].contains(quantPolicy) else { throw file.invalid(entry, expected: "0, 4 or 8") }
        case "cache_max_entry_count":
            let share = try Self.number(entry, of: file)
            guard share > 0, share <= 1 || share == share.rounded() && share < 1e9 else {
                throw file.invalid(
                    entry, expected: "a share of the free memory above 0 and up to 1, or a number of blocks")
            }
            cacheMaxEntryCount = share
        case "rope_scaling_factor":
            let factor = try Self.number(entry, of: file)
            guard factor == 0 || factor >= 1 && factor <= 1024 else {
                throw file.invalid(entry, expected: "0 for none, or a number from 1 to 1024")
            }
            ropeScalingFactor = factor
        case "use_logn_attn": useLognAttn = try Self.boolean(entry, of: file)
        default: return false
        }
        return true
    }

    private static func text(_ entry: INIFile.Entry, of file: INIFile) throws(CheckpointError) -> String {
        guard !entry.value.isEmpty else { throw file.invalid(entry, expected: "a name") }
        return entry.value
    }

    private static func integer(
        _ entry: INIFile.Entry, of file: INIFile, in range: ClosedRange<Int>
    ) throws(CheckpointError) -> Int {
        guard let value = Int(entry.value), range.contains(value) else {
            throw file.invalid(entry, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    static func number(_ entry: INIFile.Entry, of file: INIFile) throws(CheckpointError) -> Double {
        guard let value = Double(entry.value), value.isFinite else {
            throw file.invalid(entry, expected: "a number")
        }
        return value
    }

    private static func boolean(_ entry: INIFile.Entry, of file: INIFile) throws(CheckpointError) -> Bool {
        switch entry.value.lowercased() {
        case "0", "false": return false
        case "1", "true": return true
        default: throw file.invalid(entry, expected: "0 or 1")
        }
    }
}
