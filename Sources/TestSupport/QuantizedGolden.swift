/// A tiny model whose linear layers were quantised: its folder, and what its weights and logits are.
package struct QuantizedGolden: Sendable, Decodable {
    /// All quantised models with goldens.
    package static let names = [
        "awq-bare", "awq-g128", "awq-qwen2-g64", "compressed-asymmetric-g128", "compressed-channel",
        "compressed-g32", "compressed-packed8-g64", "compressed-w8a8", "gptq-8bit", "gptq-columns",
        "gptq-file-g128", "gptq-g32", "gptq-v2-g64", "smooth-fp8", "smooth-int8",
    ]

    package struct Weight: Sendable, Decodable {
        package let name: String
        package let shape: [Int]
        /// How a matrix of this weight is held.
        package let format: String
        /// FNV-1a of the weights as fp32, and of those that the format holds.
        package let float32: String
        package let held: String
    }

    package let weights: [Weight]
    package let prompt: [Int]
    package let logits: [TinyModelGolden.Row]
    package let greedy: [Int]

    /// Read `quantized/<name>/golden.json` from the goldens.
    package init(_ name: String) throws {
        self = try GoldenFile.json("quantized/\(name)/golden.json")
    }

    /// The model's folder.
    package static func folder(_ name: String) -> String { GoldenFile.path("quantized/" + name) }

    /// The checksum of values as the goldens have it.
    package static func checksum(_ values: some Sequence<Float>) -> String {
        let sum = TinyRandom.fnv1a64(values.lazy.flatMap { LittleEndian.bytes($0.bitPattern) })
        let text = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
