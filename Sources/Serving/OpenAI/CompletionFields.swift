/// Fields of `/v1/completions`.
package enum CompletionFields {
    package static let schema = RequestSchema(
        "CompletionRequest", own + SamplingFields.fields() + unavailable)

    /// A text, token ids, or lists of either.
    static let prompts = FieldKind.oneOf([
        .string, .array(of: .string, count: 1...maximumPrompts), .tokens,
        .array(of: .tokens, count: 1...maximumPrompts),
    ])

    static let maximumPrompts = 2048

    private static let own: [RequestField] = [
        .init("model", .string, "The model's name, as /v1/models lists it; the served model when absent."),
        .init("prompt", prompts, isRequired: true, "What to go on with: text or token ids, one or several."),
        .init("max_tokens", .integer(1...Int(Int32.max)), usual: "16", "Most tokens of the reply."),
        .init(
            "n", .integer(1...128), usual: "1",
            "How many replies to each prompt; reply i has the seed plus i."),
        .init(
            "best_of", .integer(1...128),
            "Generates so many replies and keeps the n likeliest, by the mean of "
                + "their tokens' logprobs; not with stream."),
        .init("stream", .boolean, usual: "false", "Sends the reply while it is generated."),
        .init("stream_options", .object(ChatFields.streamOptions), "What a stream has besides the reply."),
        .init("echo", .boolean, usual: "false", "Puts the prompt in front of the reply; not with logprobs."),
        .init(
            "logprobs", .integer(0...20), "Tells how likely each token was, and so many of the likeliest."),
        .init(
            "session_id", .integer(-1...Int.max), usual: "-1", "A number by which the request can be aborted."
        ),
        .informative("user", .string, "Who asks."),
    ]

    private static let unavailable: [RequestField] = [
        .unavailable("suffix", unless: ["\"\""], "text is not inserted, only continued"),
        .unavailable(
            "response_format", unless: ["{\"type\":\"text\"}"], "replies are not forced into a format"),
        .unavailable("return_token_ids", unless: ["false"], "use /generate for token ids"),
    ]
}
