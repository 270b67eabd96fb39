internal import ChatTemplates
internal import Checkpoints
internal import Layers
internal import Tensors
package import Tokenization
package import TurboMind

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A model that is loaded and ready to reply.
///
/// ```swift
/// let pipeline = try Pipeline("SmolLM2-135M-Instruct.Q4_1.gguf")
/// for response in try await pipeline.infer(["Hi, pls intro yourself", "Shanghai is"]) { print(response.text) }
/// ```
public final class Pipeline: Sendable {
    /// The model's file or folder name, without extension.
    public let modelName: String
    /// `hf` for the model's own template, else the name of a built-in one.
    public let chatTemplateName: String
    /// Why that template is used, such as "the model's own (tokenizer_config.json)".
    public let chatTemplateReason: String
    /// Memory and threads set aside at start.
    public let plan: EnginePlan
    /// What is worth knowing about the model as it was loaded, such as settings of a workspace that mean nothing:
    /// lines for people.
    public let notices: [String]

    /// For measurements, which count tokens as they leave the engine.
    package let tokenizer: Tokenizer
    package let engine: Engine

    let chatTemplate: ChatTemplate
    let sessions: SessionBook
    /// Tokens that end a reply.
    package let stopTokens: [Int32]
    private let metaInstruction: String?

    /// Opens, loads and packs a model and starts its engine. Blocks until the model is ready.
    /// - Parameters:
    ///   - model: a GGUF file, a folder in Hugging Face form, a workspace, or a model on a hub, `ORG/NAME`, which is
    ///     downloaded when it is not in the hub's cache.
    ///   - backendConfig: precision, memory, batch and threads.
    ///   - chatTemplateConfig: a template other than the model's own.
    ///   - progress: called as tensors are packed, from the calling thread.
    public init(
        _ model: String, backendConfig: TurbomindEngineConfig = .init(),
        chatTemplateConfig: ChatTemplateConfig = .init(), progress: (@Sendable (LoadProgress) -> Void)? = nil
    ) throws(PipelineError) {
        let loaded: LoadedModel
        do {
            let environment = ProcessInfo.processInfo.environment
            loaded = try LoadedModel(
                path: ModelLocation.path(of: model, config: backendConfig, environment: environment),
                backendConfig: backendConfig, chatTemplateConfig: chatTemplateConfig,
                environment: environment, progress: progress ?? { _ in })
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .model("\(error)")
        }
        sessions = try SessionBook(folder: backendConfig.sessionStore)
        modelName = loaded.name
        tokenizer = loaded.tokenizer
        chatTemplate = loaded.chatTemplate
        chatTemplateName = loaded.chatTemplate.name
        chatTemplateReason = loaded.chatTemplateReason
        metaInstruction = chatTemplateConfig.metaInstruction
        stopTokens = loaded.stopTokens
        engine = loaded.engine
        notices = loaded.notices
        // The checkpoint is closed, and neither KV cache nor scratch memory is backed yet, nor are weights that are
        // mapped: what is resident besides the other weights is everything else.
        var plan = loaded.plan
        plan.otherBytes = max(0, Machine.residentBytes() - (plan.weightBytes - plan.mappedWeightBytes))
        self.plan = plan
    }

    deinit { engine.stop() }

    /// Texts that end a reply because of the chat template.
    public var chatTemplateStopWords: [String] { chatTemplate.stopWords }

    /// How many tokens a prompt has once the template is applied.
    public func tokenCount(of prompt: Prompt) throws(PipelineError) -> Int {
        try tokens(of: prompt).count
    }

    /// The token ids a prompt becomes.
    public func tokens(of prompt: Prompt) throws(PipelineError) -> [Int32] {
        do {
            switch prompt {
            case .tokens(let tokens):
                return tokens
            case .raw(let text):
                return tokenizer.encode(text, addSpecialTokens: true)
            case .text(let text):
                return try tokens(of: [Message(role: "user", content: text)])
            case .messages(let messages):
                return try tokens(of: messages)
            }
        } catch {
            throw .chatTemplate("\(error)")
        }
    }

    /// The text that token ids stand for.
    public func text(of tokens: [Int32], skipSpecialTokens: Bool = true) -> String {
        tokenizer.decode(tokens, skipSpecialTokens: skipSpecialTokens)
    }

    /// Pieces of one reply as they are generated. Cancelling the task that reads them ends the reply.
    public func stream(
        _ prompt: Prompt, _ config: GenerationConfig = .init()
    ) throws(PipelineError) -> AsyncThrowingStream<Response, any Error> {
        try stream(prompt, config, index: 0)
    }

    /// Replies to several prompts, computed together. Each depends on its own prompt only.
    public func infer(
        _ prompts: [Prompt], _ config: GenerationConfig = .init()
    ) async throws(PipelineError) -> [Response] {
        var streams: [AsyncThrowingStream<Response, any Error>] = []
        for (index, prompt) in prompts.enumerated() {
            streams.append(try stream(prompt, config, index: index))
        }
        var responses: [Response] = []
        do {
            for stream in streams {
                var whole: Response?
                for try await piece in stream { whole = whole.map { $0.appending(piece) } ?? piece }
                if let whole { responses.append(whole) }
            }
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .engine("\(error)")
        }
        return responses
    }

    /// Ends all replies and stops the engine.
    public func close() { engine.stop() }
}

// MARK: - Internals

extension Pipeline {
    func tokens(of messages: [Message]) throws -> [Int32] {
        let text = try chatTemplate.prompt(
            for: messages.map { ChatMessage(role: $0.role, content: $0.content) },
            metaInstruction: metaInstruction)
        // The model's own template writes its special tokens itself; LMDeploy's leave the first one to the
        // tokenizer, except where their text begins with it.
        let beginsSequence =
            tokenizer.bosID.flatMap { tokenizer.text(of: $0) }.map { text.hasPrefix($0) } ?? false
        return tokenizer.encode(text, addSpecialTokens: chatTemplateName != "hf" && !beginsSequence)
    }
}

extension Response {
    func appending(_ piece: Response) -> Response {
        var whole = piece
        whole.text = text + piece.text
        whole.tokenIDs = tokenIDs + piece.tokenIDs
        if let first = logits { whole.logits = first + (piece.logits ?? []) }
        if let first = lastHiddenState { whole.lastHiddenState = first + (piece.lastHiddenState ?? []) }
        if let first = logprobs { whole.logprobs = first + (piece.logprobs ?? []) }
        return whole
    }
}
