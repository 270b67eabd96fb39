/// A model's Jinja template with the variables that `transformers` gives it.
struct JinjaChat: Sendable {
    let template: JinjaTemplate
    let bosToken: String
    let eosToken: String

    /// Stands for a reply while the text around it is looked for. Private-use characters, so that no
    /// conversation holds it and no template trims it.
    private static let marker = "\u{E0F0}\u{E0F1}continue\u{E0F1}\u{E0F0}"

    func prompt(for messages: [ChatMessage], addGenerationPrompt: Bool) throws(ChatTemplateError) -> String {
        guard addGenerationPrompt, let last = messages.last, last.role == "assistant" else {
            return try render(messages, addGenerationPrompt: addGenerationPrompt)
        }
        var marked = messages
        marked[marked.count - 1].content += Self.marker
        let rendered = try render(marked, addGenerationPrompt: false)
        guard let range = Self.markerRange(in: rendered) else { throw .replyNotContinuable(template: "hf") }
        return String(rendered.unicodeScalars[..<range.lowerBound])
    }

    /// A turn behind a reply that the model has just made: what the template writes between a reply's end and
    /// the next reply's beginning. A stop token at its start goes, as the session holds the one that was
    /// sampled.
    func laterTurn(_ prompt: String) throws(ChatTemplateError) -> String {
        let messages = [
            ChatMessage(role: "user", content: "."), ChatMessage(role: "assistant", content: Self.marker),
            ChatMessage(role: "user", content: prompt),
        ]
        let rendered = try render(messages, addGenerationPrompt: true)
        guard let range = Self.markerRange(in: rendered) else { throw .replyNotContinuable(template: "hf") }
        var turn = rendered.unicodeScalars[range.upperBound...]
        if !eosToken.isEmpty, turn.starts(with: eosToken.unicodeScalars) {
            turn = turn.dropFirst(eosToken.unicodeScalars.count)
        }
        return String(turn)
    }

    // MARK: - Internals

    private func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws(ChatTemplateError)
        -> String
    {
        let context: [String: JinjaValue] = [
            "messages": .array(
                messages.map { ["role": .string($0.role), "content": .string($0.content)] }),
            "bos_token": .string(bosToken),
            "eos_token": .string(eosToken),
            "add_generation_prompt": .bool(addGenerationPrompt),
            // Defined but none, as templates tell "no tools" from "unknown variable".
            "tools": .none,
            "documents": .none,
        ]
        do throws(JinjaError) {
            return try template.render(context)
        } catch {
            throw .jinja(error)
        }
    }

    private static func markerRange(in text: String) -> Range<String.Index>? {
        let scalars = text.unicodeScalars
        let pattern = Array(marker.unicodeScalars)
        var start = scalars.endIndex
        while let found = scalars[..<start].lastIndex(of: pattern[0]) {
            if scalars[found...].starts(with: pattern) {
                return found..<scalars.index(found, offsetBy: pattern.count)
            }
            start = found
        }
        return nil
    }
}
