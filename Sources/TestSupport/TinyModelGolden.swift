/// Reference results of a tiny model from Hugging Face transformers: float32, eager attention, CPU.
package struct TinyModelGolden: Sendable {
    /// All tiny models with goldens.
    package static let names = [
        "llama-mha", "llama3-scaled-tied", "llama-linear-rope", "llama-head-dim-bias", "yi-like",
        "smollm-like", "qwen2-untied", "qwen2-tied", "mistral-window", "qwen2-window",
    ]

    package let spec: TinyModelSpec
    /// One checksum per storage type; see ``TinyModelSpec/fnv1a64(storage:)``.
    package let fnv1a64: [TinyStorage: UInt64]
    package let runs: [Run]

    package struct Run: Sendable, Decodable {
        /// The weights were rounded to this type and computed with in float32.
        package let storage: TinyStorage
        package let prompt: [Int]
        /// Logits of some prompt positions, the last one included.
        package let logits: [Row]
        /// The greedy continuation of the prompt.
        package let greedy: [Int]
        /// The smallest lead of a chosen token's logit over the runner-up in ``greedy``.
        package let smallestMargin: Float

        private enum CodingKeys: String, CodingKey {
            case storage, prompt, logits, greedy
            case smallestMargin = "smallest_margin"
        }
    }

    package struct Row: Sendable, Decodable {
        package let position: Int
        /// One logit per vocabulary entry.
        package let values: [Float]
    }

    /// Read `models/<name>/` from the goldens.
    package init(_ name: String, config style: TinyConfigStyle = .classic) throws {
        let file = try GoldenFile.json("models/\(name)/golden.json", as: File.self)
        spec = TinyModelSpec(
            name: name,
            configJSON: try GoldenFile.text("models/\(name)/\(style.rawValue)"),
            tensors: file.tensors
        )
        var checksums: [TinyStorage: UInt64] = [:]
        for (key, value) in file.fnv1a64 {
            guard let storage = TinyStorage(rawValue: key), let sum = UInt64(value, radix: 16) else {
                throw GoldenError.unreadable(path: "models/\(name)/golden.json", reason: "fnv1a64 \(key)")
            }
            checksums[storage] = sum
        }
        fnv1a64 = checksums
        runs = file.runs
    }

    private struct File: Decodable {
        let tensors: [TinyTensor]
        let fnv1a64: [String: String]
        let runs: [Run]
    }
}
