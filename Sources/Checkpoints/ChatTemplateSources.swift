/// The chat templates that come with a model.
package struct ChatTemplateSources: Sendable, Equatable {
    /// Jinja sources; "default" is the usual one, "tool_use" and "rag" are common others.
    package var byName: [String: String]
    /// Where they stand, such as "tokenizer_config.json"; empty when there are none.
    package var origin: String

    package init(byName: [String: String] = [:], origin: String = "") {
        self.byName = byName
        self.origin = byName.isEmpty ? "" : origin
    }

    /// Those under their names; the only one, whatever its name, is the default.
    static func named(_ sources: [String: String], origin: String) -> ChatTemplateSources {
        guard sources["default"] == nil, sources.count == 1, let only = sources.values.first else {
            return ChatTemplateSources(byName: sources, origin: origin)
        }
        return ChatTemplateSources(byName: ["default": only], origin: origin)
    }
}
