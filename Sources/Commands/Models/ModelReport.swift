internal import Checkpoints
package import LMDeploy
internal import Tokenization

/// What `lmdeploy inspect` found out.
package struct ModelReport: Encodable {
    struct Field: Encodable {
        let key: String
        let value: String
        let count: Int?
    }

    struct Tensor: Encodable {
        let name: String
        let shape: [Int]
        let type: String
        let isReadable: Bool
        let bytes: Int?
    }

    struct Plan: Encodable {
        let weightBytes: Int
        let kvCacheBytes: Int
        let scratchBytes: Int
        let blocks: Int
        let tokensPerBlock: Int
        let kvFormat: String
        let kvBytesPerToken: Int
        let sessionLen: Int
        let maxBatchSize: Int
        let threads: Int
        let isa: String
        let weightFormat: String
        let conversions: String
    }

    /// A fact, or why it is not known.
    struct Finding<Value: Encodable>: Encodable {
        let value: Value?
        let problem: String?

        init(_ find: () throws -> Value) {
            do {
                value = try find()
                problem = nil
            } catch {
                value = nil
                problem = "\(error)"
            }
        }
    }

    let path: String
    let format: String
    let architecture: String?
    let quantization: String?
    let files: Int
    let bytes: Int
    let parameters: Int
    let metadata: [Field]
    let tensors: [Tensor]
    /// Tokens of the vocabulary.
    let tokenizer: Finding<Int>
    let plan: Finding<Plan>

    package init(path: String, engineConfig: TurbomindEngineConfig, environment: [String: String]) throws {
        let summary = try CheckpointSummary(path: path)
        self.path = path
        format = summary.format
        architecture = summary.architecture
        quantization = summary.quantization
        files = summary.fileCount
        bytes = summary.byteCount
        parameters = summary.tensors.reduce(0) { $0 &+ $1.valueCount }
        metadata = summary.metadata.map { Field(key: $0.key, value: $0.value, count: $0.count) }
        tensors = summary.tensors.map {
            Tensor(
                name: $0.name, shape: $0.shape, type: $0.type, isReadable: $0.isReadable,
                bytes: $0.byteCount)
        }
        tokenizer = Finding { try Tokenizer(source: TokenizerSource.read(path)).vocabularySize }
        plan = Finding {
            Plan(try .planned(path: path, backendConfig: engineConfig, environment: environment))
        }
    }
}

extension ModelReport.Plan {
    fileprivate init(_ plan: EnginePlan) {
        self.init(
            weightBytes: plan.weightBytes, kvCacheBytes: plan.kvCacheBytes, scratchBytes: plan.scratchBytes,
            blocks: plan.blockCount, tokensPerBlock: plan.tokensPerBlock, kvFormat: plan.kvFormat,
            kvBytesPerToken: plan.kvBytesPerToken, sessionLen: plan.sessionLength,
            maxBatchSize: plan.maxBatchSize, threads: plan.threads, isa: plan.isa,
            weightFormat: plan.weightFormat, conversions: plan.weightConversions)
    }
}
