internal import JSON
internal import LMDeploy

/// Fields of Anthropic's messages.
enum MessageFields {
    static let messages = RequestSchema("MessagesRequest", conversation + reply + others)
    static let count = RequestSchema("CountTokensRequest", conversation + others)

    private static let textPart: [RequestField] = [
        .init("type", .enumeration(["text"]), isRequired: true, "The sort of part."),
        .init("text", .string, isRequired: true, "The text."),
        .informative("cache_control", .any, "Prompts that begin alike share the KV cache anyway."),
        .informative("citations", .any, "There are no citations."),
    ]
    private static let text = FieldKind.oneOf([.string, .array(of: .object(textPart), count: 0...4096)])

    private static let conversation: [RequestField] = [
        .init("model", .string, isRequired: true, "The model's name, as /v1/models lists it."),
        .init(
            "messages",
            .array(
                of: .object([
                    .init("role", .enumeration(["user", "assistant"]), isRequired: true, "Who says it."),
                    .init("content", text, isRequired: true, "What is said: a text, or parts of one."),
                ]), count: 1...65536), isRequired: true, "The conversation."),
        .init("system", text, "What the system says first."),
    ]

    private static let reply: [RequestField] =
        [
            .init(
                "max_tokens", .integer(1...Int(Int32.max)), isRequired: true, "Most tokens of the reply."),
            .init(
                "stop_sequences", .array(of: .string, count: 0...64), usual: "[]", "Texts that end the reply."
            ),
            .init("stream", .boolean, usual: "false", "Sends the reply while it is generated."),
            .informative("metadata", .any, "Notes of the client."),
            .informative("service_tier", .string, "There is one tier."),
        ] + SamplingFields.fields(defaults, only: ["temperature", "top_p", "top_k"])

    private static let others: [RequestField] = [
        .unavailable("tools", unless: ["[]"], "tool calls are not available"),
        .unavailable(
            "tool_choice", unless: ["{\"type\":\"none\"}", "{\"type\":\"auto\"}"],
            "tool calls are not available"),
        .unavailable("thinking", unless: ["{\"type\":\"disabled\"}"], "there is no reasoning parser"),
        .unavailable("mcp_servers", unless: ["[]"], "tool calls are not available"),
        .unavailable("container", "there are no containers"),
        .unavailable("output_config", unless: ["{}"], "replies are not forced into a format"),
        .unavailable("output_format", "replies are not forced into a format"),
        .unavailable("speed", unless: ["\"standard\""], "there is one speed"),
        .unavailable("inference_geo", "the server is where it is"),
        .informative("cache_control", .any, "Prompts that begin alike share the KV cache anyway."),
        .informative("diagnostics", .any, "Notes of the client."),
        .informative("user_profile_id", .string, "Who asks."),
        .informative("workspace_id", .string, "Who asks."),
    ]

    /// As Anthropic's API has them.
    static let defaults = SamplingFields.Defaults(temperature: 1, topP: 1, topK: 0)

    /// The conversation, with what the system says in front.
    static func conversation(_ body: RequestBody) -> [Message] {
        let system = body["system"].map { [Message(role: "system", content: ChatMessages.content($0))] } ?? []
        return system + (body["messages"].map(ChatMessages.messages) ?? [])
    }
}
