internal import JSON
internal import LMDeploy
internal import TurboMind

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Fields that both endpoints for vectors have.
private let vectorFields: [RequestField] = [
    .init("model", .string, "The model's name, as /v1/models lists it; the served model when absent."),
    .init(
        "input", CompletionFields.prompts, isRequired: true, "Text or token ids, one or several."),
    .init(
        "encoding_format", .enumeration(["float", "base64"]), usual: "\"float\"",
        "Numbers, or the bytes of little-endian 32-bit floats in base64."),
    .unavailable("dimensions", "vectors have as many numbers as the model's hidden states"),
    .informative("user", .string, "Who asks."),
]

/// `POST /v1/embeddings`
package struct Embeddings: Endpoint {
    package static let paths = ["/v1/embeddings"]
    package static let schema = RequestSchema("EmbeddingRequest", vectorFields)
    package static let summary =
        "Vectors of texts: the mean of the model's last hidden states, of length 1."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        let (vectors, tokens) = try await service.vectors(body)
        let data = vectors.enumerated().map { index, vector -> JSONOutput in
            ["object": "embedding", "index": .integer(index), "embedding": vector]
        }
        return .json([
            "object": "list", "data": .array(data), "model": .string(service.modelName),
            "usage": ["prompt_tokens": .integer(tokens), "total_tokens": .integer(tokens)],
        ])
    }
}

/// `POST /pooling`
package struct Pooling: Endpoint {
    package static let paths = ["/pooling"]
    package static let schema = RequestSchema("PoolingRequest", vectorFields)
    package static let summary = "The same vectors as /v1/embeddings, in the shape of LMDeploy's /pooling."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        let (vectors, tokens) = try await service.vectors(body)
        let data = vectors.enumerated().map { index, vector -> JSONOutput in
            ["index": .integer(index), "object": "pooling", "data": vector]
        }
        return .json([
            "id": .string(Identifier.make("pool-")), "object": "list",
            "created": .integer(InferenceService.now), "model": .string(service.modelName),
            "data": .array(data),
            "usage": [
                "prompt_tokens": .integer(tokens), "completion_tokens": 0, "total_tokens": .integer(tokens),
            ],
        ])
    }
}

extension InferenceService {
    /// The vectors of a request's inputs, and how many tokens those have.
    fileprivate func vectors(_ body: RequestBody) async throws(ServingError) -> ([JSONOutput], Int) {
        try checkModel(body.string("model"))
        let prompts = try PromptList.prompts(body["input"], field: "input", self)
        let isBase64 = body.string("encoding_format") == "base64"
        let vectors = try await admitted(prompts.count) { service in
            try await service.pipeline.pooledStates(of: prompts.map(\.tokens))
        }
        let outputs = vectors.map { vector -> JSONOutput in
            isBase64 ? .string(Self.base64(vector)) : .array(vector.map { .float($0) })
        }
        return (outputs, prompts.reduce(0) { $0 + $1.tokens.count })
    }

    private static func base64(_ vector: [Float]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for value in vector {
            let bits = value.bitPattern
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return Data(bytes).base64EncodedString()
    }
}

extension Pipeline {
    /// The mean of the last hidden states of each prompt's tokens, divided by its length.
    ///
    /// Sums go from the first token to the last, whatever else is computed beside it.
    fileprivate func pooledStates(of prompts: [[Int32]]) async throws -> [[Float]] {
        var streams: [Engine.Events] = []
        for prompt in prompts {
            let outputs = RowOutputs(hiddenStates: true, includesPrompt: true)
            do {
                streams.append(
                    try engine.submit(GenerationRequest(prompt: prompt, maxNewTokens: 0, outputs: outputs)))
            } catch {
                throw PipelineError(error)
            }
        }
        var vectors: [[Float]] = []
        for stream in streams { vectors.append(try await Self.pooled(stream)) }
        return vectors
    }

    private static func pooled(_ events: Engine.Events) async throws -> [Float] {
        var sums: [Double] = []
        for await event in events {
            switch event {
            case .output(let row):
                if sums.isEmpty { sums = [Double](repeating: 0, count: row.hiddenState.count) }
                for (index, value) in row.hiddenState.enumerated() { sums[index] += Double(value) }
            case .finished(.refused(let error), _): throw PipelineError(error)
            case .finished(.failed(let message), _): throw PipelineError.engine(message)
            case .token, .promptScores, .finished: break
            }
        }
        try Task.checkCancellation()
        guard !sums.isEmpty else {
            throw PipelineError.engine("the engine was stopped before the text was read")
        }
        let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sums.map { Float(length > 0 ? $0 / length : 0) }
    }
}
