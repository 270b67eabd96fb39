internal import Checkpoints
internal import JSON
internal import LMDeploy
internal import Quantization
internal import Tokenization

/// Finds the text that a model is calibrated with, and cuts pieces out of its tokens.
struct CalibrationText {
    let tokenizer: Tokenizer
    let samples: Int
    let length: Int
    /// Tokens to keep apart for measuring.
    let held: Int

    /// Pieces to calibrate with, and a text that is none of them.
    struct Parts {
        let samples: CalibrationSamples
        let held: [Int32]
    }

    /// LMDeploy's names of datasets.
    static let datasets = [
        "wikitext2", "c4", "ptb", "pileval", "gsm8k", "neuralmagic_calibration", "open-platypus",
        "openwebtext",
    ]

    /// Pieces from a file or folder.
    func read(_ path: String) throws -> Parts {
        let files = FileSystem.kind(of: path) == .folder ? Self.textFiles(path) : [path]
        guard !files.isEmpty else {
            throw ToolError.cannotRead(path: path, reason: "it has no .txt, .md, .json or .jsonl files")
        }
        var tokens: [Int32] = []
        for file in files {
            let bytes = try InputFile.read(file)
            let text =
                file.hasSuffix(".jsonl")
                ? try Self.lines(bytes, of: file) : String(decoding: bytes, as: UTF8.self)
            tokens += tokenizer.encode(text, addSpecialTokens: false)
        }
        guard tokens.count >= length else {
            throw ToolError.option(
                name: "--calib-dataset", found: "\(path), which has \(tokens.count) tokens",
                expected: "at least \(length), or a smaller --calib-seqlen")
        }
        // The end of the text, a quarter of it at most.
        let kept = min(held, (tokens.count - length) / 4)
        return Parts(
            samples: try CalibrationSamples(tokens: pieces(Array(tokens.dropLast(kept))), source: path),
            held: Array(tokens.suffix(kept)))
    }

    /// Pieces evenly spread over the text.
    private func pieces(_ tokens: [Int32]) -> [[Int32]] {
        let count = min(samples, tokens.count / length)
        let room = tokens.count - length
        return (0..<count).map { index in
            let start = count == 1 ? 0 : room * index / (count - 1)
            return Array(tokens[start..<start + length])
        }
    }

    // MARK: - The model's own text

    /// Openings of the conversations that the model writes.
    private static let openings = [
        "Explain how a bicycle stays upright.", "Write a short story about a lighthouse.",
        "Summarise the history of the printing press.", "How do I cook rice?", "介绍一下长城的历史。",
        "Write a Python function that sorts a list of dates.",
        "What is the difference between heat and temperature?",
        "Give me advice for a job interview.", "用简单的话解释什么是光合作用。",
        "Describe a walk through a forest in autumn.",
        "Solve: a train travels 120 km in 1.5 hours. What is its speed?",
        "Translate 'good morning' into five languages.",
        "Write a letter to a friend about a journey.", "List the planets and one fact about each.",
        "写一首关于春天的诗。",
        "What are the causes of inflation?",
    ]

    /// Conversations that the model itself writes.
    func write(with pipeline: Pipeline) async throws -> Parts {
        var tokens: [[Int32]] = []
        let all = samples + (held + length - 1) / length
        for first in stride(from: 0, to: all, by: Self.openings.count) {
            let count = min(Self.openings.count, all - first)
            let prompts = (0..<count).map { Prompt.text(Self.openings[$0]) }
            let starts = try prompts.map { try pipeline.tokens(of: $0) }
            let config = GenerationConfig(
                maxNewTokens: length, doSample: true, topP: 0.95, topK: 0, temperature: 1, ignoreEOS: true,
                randomSeed: UInt64(first), skipSpecialTokens: false)
            let replies = try await pipeline.infer(prompts, config)
            for (start, reply) in zip(starts, replies) {
                tokens.append(Array((start + reply.tokenIDs).prefix(length)))
            }
        }
        return Parts(
            samples: try CalibrationSamples(tokens: Array(tokens.prefix(samples)), source: "self"),
            held: Array(tokens.dropFirst(samples).joined().prefix(held)))
    }

    // MARK: - Files

    /// Where a dataset lies in the local cache of Hugging Face's hub, if it is there as text.
    static func cachedDataset(_ name: String, environment: [String: String]) -> String? {
        let home = environment["HF_HOME"] ?? (environment["HOME"] ?? "") + "/.cache/huggingface"
        let hub = environment["HF_HUB_CACHE"] ?? home + "/hub"
        for folder in FileSystem.entries(of: hub).sorted()
        where folder.hasPrefix("datasets--") && folder.lowercased().contains(name) {
            let snapshots = hub + "/" + folder + "/snapshots"
            for snapshot in FileSystem.entries(of: snapshots).sorted()
            where !textFiles(snapshots + "/" + snapshot).isEmpty {
                return snapshots + "/" + snapshot
            }
        }
        return nil
    }

    private static func textFiles(_ folder: String) -> [String] {
        FileSystem.entries(of: folder).sorted()
            .filter { name in [".txt", ".md", ".json", ".jsonl"].contains { name.hasSuffix($0) } }
            .map { folder + "/" + $0 }
    }

    /// The texts of a JSONL file: `text` or `content`, or the contents of `messages`.
    private static func lines(_ bytes: [UInt8], of file: String) throws -> String {
        var texts: [String] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                let members = try JSONDocument(Array(line)).root.members
                if let text = members?["text"]?.text ?? members?["content"]?.text {
                    texts.append(text.string)
                } else if let messages = members?["messages"]?.elements {
                    texts += messages.compactMap { $0.members?["content"]?.text?.string }
                } else {
                    throw ToolError.cannotRead(
                        path: file,
                        reason: "line \(index + 1) has none of \"text\", \"content\" and \"messages\"")
                }
            } catch let error as JSONSyntaxError {
                throw ToolError.cannotRead(path: file, reason: "line \(index + 1): \(error)")
            }
        }
        return texts.joined(separator: "\n\n")
    }
}
