internal import JSON
internal import LMDeploy

/// Fields of `/v1/responses`.
enum ResponsesFields {
    static let schema = RequestSchema("ResponsesRequest", own + sampling + unavailable)

    private static let part: [RequestField] = [
        .init(
            "type", .enumeration(["input_text", "output_text", "text"]), isRequired: true, "The sort of part."
        ),
        .init("text", .string, isRequired: true, "The text."),
        .informative("annotations", .any, "There are no annotations."),
        .informative("logprobs", .any, "Of an earlier reply."),
    ]

    private static let item: [RequestField] = [
        .init("type", .enumeration(["message"]), "The sort of item."),
        .init(
            "role", .enumeration(["system", "developer", "user", "assistant"]), isRequired: true,
            "Who says it."),
        .init(
            "content", .oneOf([.string, .array(of: .object(part), count: 0...4096)]), isRequired: true,
            "What is said."),
        .informative("id", .string, "Of an earlier reply."),
        .informative("status", .string, "Of an earlier reply."),
    ]

    private static let own: [RequestField] = [
        .init("model", .string, "The model's name, as /v1/models lists it; the served model when absent."),
        .init(
            "input", .oneOf([.string, .array(of: .object(item), count: 1...65536)]), isRequired: true,
            "What the user says, or a conversation."),
        .init("instructions", .string, "What the system says first."),
        .init(
            "max_output_tokens", .integer(1...Int(Int32.max)),
            "Most tokens of the reply; as many as the context has room for when absent."),
        .init("stream", .boolean, usual: "false", "Sends the reply while it is generated."),
        .informative("store", .boolean, "Nothing is stored."),
        .informative("metadata", .any, "Notes of the client."),
        .informative("user", .string, "Who asks."),
        .informative("safety_identifier", .string, "Who asks."),
        .informative("service_tier", .string, "There is one tier."),
        .informative("prompt_cache_key", .string, "Prompts that begin alike share the KV cache anyway."),
        .informative("prompt_cache_options", .any, "Prompts that begin alike share the KV cache anyway."),
        .informative("prompt_cache_retention", .string, "The KV cache keeps what it has room for."),
        .informative("stream_options", .any, "Chunks are not padded."),
    ]

    private static let sampling = SamplingFields.fields(
        only: [
            "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty",
            "frequency_penalty", "seed", "stop", "ignore_eos", "min_new_tokens",
        ])

    private static let unavailable: [RequestField] = [
        .unavailable("previous_response_id", "nothing is stored: send the whole conversation as input"),
        .unavailable("conversation", "nothing is stored: send the whole conversation as input"),
        .unavailable("background", unless: ["false"], "replies are generated while the client waits"),
        .unavailable("background_options", "replies are generated while the client waits"),
        .unavailable("access_programs", "there are no such programs"),
        .unavailable("image", "models here read and write text only"),
        .unavailable("moderation", "replies are not moderated"),
        .unavailable("context_management", "the client chooses what to send"),
        .unavailable("prompt", "there are no stored prompts"),
        .unavailable("tools", unless: ["[]"], "tool calls are not available"),
        .unavailable("tool_choice", unless: ["\"none\"", "\"auto\""], "tool calls are not available"),
        .unavailable("parallel_tool_calls", unless: ["true", "false"], "tool calls are not available"),
        .unavailable("max_tool_calls", "tool calls are not available"),
        .unavailable("include", unless: ["[]"], "replies hold their text only"),
        .unavailable("reasoning", unless: ["{}"], "there is no reasoning parser"),
        .unavailable(
            "text", unless: ["{}", "{\"format\":{\"type\":\"text\"}}"], "replies are not forced into a format"
        ),
        .unavailable("top_logprobs", unless: ["0"], "use /v1/chat/completions"),
        .unavailable("truncation", unless: ["\"disabled\""], "prompts are not shortened"),
    ]

    /// The conversation, with the instructions in front.
    static func conversation(_ body: RequestBody) -> [Message] {
        let system = body.string("instructions").map { [Message(role: "system", content: $0)] } ?? []
        return system + (body["input"].map(ChatMessages.messages) ?? [])
    }
}
