import ChatTemplates
import Testing

struct ChatTemplateChoiceTests {
    private let own = ChatTemplateChoice.ModelTemplates(
        sources: ["default": "own"], origin: "tokenizer_config.json", specialTokens: [:])

    @Test func whatIsAskedForComesFirst() throws {
        let named = try ChatTemplateChoice(request: .name("qwen"), model: own, path: "llama-2")
        #expect(named.name == "qwen" && named.reason == "from --chat-template")
        let json = Array(#"{"model_name": "mine", "user": "U:"}"#.utf8)
        let file = try ChatTemplateChoice(request: .file(json, path: "a.json"), model: own, path: "x")
        #expect(file.name == "mine" && file.reason == "from --chat-template, read from a.json")
        #expect(throws: ChatTemplateError.self) {
            try ChatTemplateChoice(request: .name("lama"), model: own, path: "x")
        }
    }

    @Test func thenTheModelsOwn() throws {
        let choice = try ChatTemplateChoice(request: nil, model: own, path: "internlm2-chat")
        #expect(choice.name == "hf" && choice.reason == "the model's own (tokenizer_config.json)")
        #expect(try choice.template.prompt(for: []) == "own")
    }

    @Test func thenWhatThePathSuggests() throws {
        let choice = try ChatTemplateChoice(request: nil, model: nil, path: "org/InternLM2-chat-7b")
        #expect(choice.name == "internlm2")
        #expect(choice.reason == "built-in 'internlm2', because the path has 'internlm2' and 'chat'")
        let none = try ChatTemplateChoice(request: nil, model: nil, path: "org/thing")
        #expect(none.name == "base" && none.reason.contains("no rule matches"))
    }
}
