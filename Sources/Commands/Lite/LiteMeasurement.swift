internal import Checkpoints
internal import Evaluation
internal import Hub
internal import LMDeploy
internal import Tensors
internal import Tokenization

/// Compares a model with its quantised form.
struct LiteMeasurement {
    let before: String
    let after: String
    let threads: Int?
    /// Most tokens to measure with; 0 measures nothing.
    let tokens: Int

    struct Result {
        var text: String?
        var comparison: DivergenceResult?
        /// Why there is no comparison.
        var note: String?
    }

    private static let windowLength = 512

    /// - Parameters:
    ///   - held: tokens that were kept apart.
    ///   - file: a text to use in their place.
    func run(_ held: [Int32], file: String?) throws -> Result {
        guard tokens > 0 else { return Result(note: "The models were not compared: --eval-tokens 0.") }
        if let note = try tooLarge() { return Result(note: note) }
        let bytes = try file.map { try InputFile.read($0) }
        let config = TurbomindEngineConfig(threads: threads)
        let bench = try EvaluationBench(config)
        let own: LoadedWeights
        let other: LoadedWeights
        do {
            own = try bench.load(before, hub: HubOptions(), format: nil, config: config)
            other = try bench.load(after, hub: HubOptions(), format: nil, config: config)
        } catch {
            // The folder is complete; that both models do not fit the memory together takes nothing from it.
            return Result(note: "The models were not compared: \(error).")
        }
        let ids = bytes.map { own.tokenizer.encode(utf8: $0, addSpecialTokens: true) } ?? held
        let text = EvaluationText(
            tokens: Array(ids.prefix(tokens)),
            byteCounts: ids.prefix(tokens).map {
                own.tokenizer.isSpecial($0) ? 0 : own.tokenizer.bytes(of: $0).count
            })
        let limit = own.configuration.maximumPositions
        let length = min(Self.windowLength, limit, max(text.tokens.count, 2))
        guard text.tokens.count >= 2 else {
            return Result(
                note: "The models were not compared: the text is too short to keep a part of it apart.")
        }
        let windows = try StridedWindows(
            tokenCount: text.tokens.count, maxLength: length, stride: length, limit: limit)
        let evaluator = try DivergenceEvaluator(
            reference: bench.reader(own, maxTokens: windows.maxLength),
            candidate: bench.reader(other, maxTokens: windows.maxLength))
        let (result, _) = try bench.timed(unit: "tokens") { progress in
            try evaluator.evaluate(text, windows: windows, progress: progress)
        }
        return Result(
            text: file ?? "text that was kept apart, \(text.tokens.count) tokens", comparison: result)
    }

    /// Why the models cannot be compared, when they do not fit the memory together.
    private func tooLarge() throws -> String? {
        let bytes = try [before, after].reduce(0) { sum, path in
            sum + (try Checkpoint.open(path)).tensors.values.reduce(0) { $0 + $1.byteCount }
        }
        let needed = bytes + Self.scratchBytes
        let available = Machine.availableMemoryBytes()
        guard needed > available else { return nil }
        return "The models were not compared: both together need \(needed.byteText) and "
            + "\(available.byteText) are available. lmdeploy eval kl compares them where there is more memory."
    }

    /// Of caches, activations and logits.
    private static let scratchBytes = 512 << 20
}
