/// Fields of `/v1/chat/completions`.
package enum ChatFields {
    package static let schema = RequestSchema(
        "ChatCompletionRequest", own + SamplingFields.fields() + unavailable)

    /// A message: its role, and what it says.
    static let message: [RequestField] = [
        .init(
            "role", .enumeration(["system", "developer", "user", "assistant"]), isRequired: true,
            "Who says it; developer is another name of system."),
        .init(
            "content", .oneOf([.string, .array(of: .object(part), count: 0...4096)]), isRequired: true,
            "What is said: a text, or parts of one."),
        .informative("name", .string, "A participant's name; templates do not show it."),
        .informative("reasoning_content", .string, "What a model thought before it replied."),
        .unavailable("refusal", "models here do not mark refusals"),
        .unavailable("tool_calls", unless: ["[]"], "tools are not available"),
        .unavailable("function_call", "functions are not available"),
        .unavailable("tool_call_id", "tools are not available"),
        .unavailable("audio", "models here read text only"),
    ]

    private static let part: [RequestField] = [
        .init("type", .enumeration(["text"]), isRequired: true, "The sort of part."),
        .init("text", .string, isRequired: true, "The text."),
    ]

    private static let own: [RequestField] = [
        .init("model", .string, "The model's name, as /v1/models lists it; the served model when absent."),
        .init(
            "messages", .oneOf([.string, .array(of: .object(message), count: 1...65536)]), isRequired: true,
            "The conversation. A string is a user's message."),
        .init(
            "max_completion_tokens", .integer(1...Int(Int32.max)),
            "Most tokens of the reply; as many as the context has room for when absent."),
        .init("max_tokens", .integer(1...Int(Int32.max)), "The older name of max_completion_tokens."),
        .init("n", .integer(1...128), usual: "1", "How many replies; reply i has the seed plus i."),
        .init("stream", .boolean, usual: "false", "Sends the reply while it is generated."),
        .init(
            "stream_options", .object(streamOptions), "What a stream has besides the reply."),
        .init("logprobs", .boolean, usual: "false", "Tells how likely each token was."),
        .init(
            "top_logprobs", .integer(0...20), usual: "0",
            "How many of the most likely tokens to name at each position; needs logprobs."),
        .init(
            "do_preprocess", .boolean, usual: "true",
            "Applies the chat template; without it, messages is a string."),
        .init(
            "session_id", .integer(-1...Int.max), usual: "-1", "A number by which the request can be aborted."
        ),
        .informative("user", .string, "Who asks."),
        .informative("metadata", .any, "Notes of the client."),
        .informative("store", .boolean, "Nothing is stored."),
        .informative("safety_identifier", .string, "Who asks."),
        .informative("prompt_cache_key", .string, "Prompts that begin alike share the KV cache anyway."),
        .informative("prompt_cache_options", .any, "Prompts that begin alike share the KV cache anyway."),
        .informative("prompt_cache_retention", .string, "The KV cache keeps what it has room for."),
        .informative("renew_session", .boolean, "Every request stands alone."),
        .informative("service_tier", .string, "There is one tier."),
    ]

    static let streamOptions: [RequestField] = [
        .init(
            "include_usage", .boolean, usual: "false", "Sends a last chunk with the numbers of tokens."),
        .informative("include_obfuscation", .boolean, "Chunks are not padded."),
        .informative("continuous_usage_stats", .boolean, "The numbers come in the last chunk."),
    ]

    private static let unavailable: [RequestField] = [
        .unavailable("tools", unless: ["[]"], "tool calls are not available"),
        .unavailable("tool_choice", unless: ["\"none\"", "\"auto\""], "tool calls are not available"),
        .unavailable("parallel_tool_calls", unless: ["true", "false"], "tool calls are not available"),
        .unavailable("functions", unless: ["[]"], "functions are not available"),
        .unavailable("function_call", unless: ["\"none\"", "\"auto\""], "functions are not available"),
        .unavailable(
            "response_format", unless: ["{\"type\":\"text\"}"], "replies are not forced into a format"),
        .unavailable("reasoning_effort", unless: ["\"none\""], "there is no reasoning parser"),
        .unavailable("enable_thinking", unless: ["false"], "there is no reasoning parser"),
        .unavailable("chat_template_kwargs", unless: ["{}"], "templates take no variables"),
        .unavailable("modalities", unless: ["[\"text\"]"], "models here read and write text only"),
        .unavailable("audio", "models here read and write text only"),
        .unavailable("prediction", "predicted outputs are not available"),
        .unavailable("moderation", "replies are not moderated"),
        .unavailable("web_search_options", "there is no web search"),
        .unavailable("verbosity", unless: ["\"medium\""], "models here have no such setting"),
        .unavailable("input_ids", "give token ids to /v1/completions as prompt"),
        .unavailable("image_data", "models here read text only"),
        .unavailable("return_token_ids", unless: ["false"], "use /generate for token ids"),
        .unavailable("return_logprob", unless: ["false"], "use logprobs"),
        .unavailable("return_routed_experts", unless: ["false"], "experts are not reported"),
        .unavailable("media_io_kwargs", unless: ["{}"], "models here read text only"),
        .unavailable("mm_processor_kwargs", unless: ["{}"], "models here read text only"),
    ]
}
