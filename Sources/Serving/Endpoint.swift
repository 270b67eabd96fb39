/// A sort of request that is answered with generated text, or with numbers that the model gives.
package protocol Endpoint: Sendable {
    /// Under which paths it is found.
    static var paths: [String] { get }
    static var schema: RequestSchema { get }
    /// One line for the API's description.
    static var summary: String { get }

    init(_ service: InferenceService)

    func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply
}

/// Endpoints that take a body of fields.
package enum Endpoints {
    package static let all: [any Endpoint.Type] = [
        ChatCompletions.self, Completions.self, Embeddings.self, ResponsesAPI.self, Messages.self,
        MessageTokenCount.self, Interactive.self, Generate.self, EncodeText.self, TokenizeText.self,
        DetokenizeText.self, TextPerplexity.self, Pooling.self, AbortRequest.self,
    ]
}
