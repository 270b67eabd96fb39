/// Reference results of the default model from Hugging Face transformers.
///
/// Computed in float32 on the dequantised weights. The model itself is not in the repository.
package struct GoldenDefaultModel: Sendable {
    /// Of the GGUF file that the goldens were made from.
    package let modelSHA256: String
    package let conversations: [Conversation]
    package let topLogits: [TopLogits]
    package let perplexity: Perplexity

    package struct Conversation: Sendable, Decodable {
        package let name: String
        package let messages: [Message]
        /// The messages through the model's own chat template, ready for the reply.
        package let rendered: String
        /// The token ids of ``rendered``.
        package let prompt: [Int]
        /// The greedy reply: at most 64 tokens, ending with the end token when ``finished``.
        package let reply: [Int]
        package let finished: Bool
        /// The reply without special tokens; a character cut off by the limit appears as U+FFFD.
        package let text: String
        /// For each reply token, the lead of its logit over the runner-up.
        package let margins: [Float]
    }

    package struct Message: Sendable, Decodable, Equatable {
        package let role: String
        package let content: String
    }

    package struct TopLogits: Sendable, Decodable {
        package let name: String
        package let prompt: [Int]
        /// The most likely next tokens, best first.
        package let ids: [Int]
        package let logits: [Float]
    }

    package struct Perplexity: Sendable, Decodable {
        /// The tokens of the golden `evaluation.txt`.
        package let ids: [Int]
        /// Tokens per window; windows do not overlap, and a window's first token is not scored.
        package let window: Int
        package let scoredTokens: Int
        package let meanNegativeLogLikelihood: Double
        package let perplexity: Double

        private enum CodingKeys: String, CodingKey {
            case ids, window, perplexity
            case scoredTokens = "scored_tokens"
            case meanNegativeLogLikelihood = "mean_negative_log_likelihood"
        }
    }

    /// Read `default-model/` from the goldens.
    package init() throws {
        let greedy = try GoldenFile.json("default-model/greedy.json", as: Greedy.self)
        modelSHA256 = greedy.modelSHA256
        conversations = greedy.conversations
        topLogits = try GoldenFile.json("default-model/top-logits.json", as: Top.self).prompts
        perplexity = try GoldenFile.json("default-model/perplexity.json")
    }

    private struct Greedy: Decodable {
        let modelSHA256: String
        let conversations: [Conversation]

        private enum CodingKeys: String, CodingKey {
            case conversations
            case modelSHA256 = "model_sha256"
        }
    }

    private struct Top: Decodable {
        let prompts: [TopLogits]
    }
}
