import ChatTemplates
import Testing

/// A model's own Jinja template behind the interface that all templates share.
struct ModelTemplateTests {
    private let chatml = """
        {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}\
        {{ message['content'] + '<|im_end|>\n' }}\
        {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
        """

    private func template(_ source: String? = nil) throws(ChatTemplateError) -> ChatTemplate {
        try ChatTemplate.jinja(source: source ?? chatml, bosToken: "<s>", eosToken: "<|im_end|>")
    }

    private let user = ChatMessage(role: "user", content: "Hi")

    @Test func theNameIsHfAndTheEndTokenStops() throws {
        #expect(try template().name == "hf")
        #expect(try template().stopWords == ["<|im_end|>"])
        #expect(try ChatTemplate.jinja(source: "", bosToken: "", eosToken: "").stopWords.isEmpty)
    }

    @Test func conversationsRender() throws {
        #expect(
            try template().prompt(for: [user]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
        #expect(
            try template().prompt(for: [user], addGenerationPrompt: false)
                == "<|im_start|>user\nHi<|im_end|>\n")
    }

    @Test func aMetaInstructionIsASystemMessageUnlessThereIsOne() throws {
        let prompt = try template().prompt(for: [user], addGenerationPrompt: false, metaInstruction: "M")
        #expect(prompt == "<|im_start|>system\nM<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n")
        let own = [ChatMessage(role: "system", content: "S")]
        let kept = try template().prompt(for: own, addGenerationPrompt: false, metaInstruction: "M")
        #expect(kept == "<|im_start|>system\nS<|im_end|>\n")
    }

    @Test func aLastReplyIsContinued() throws {
        let messages = [user, ChatMessage(role: "assistant", content: "One, ")]
        #expect(
            try template().prompt(for: messages)
                == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nOne, ")
        // A template that trims replies also trims the one to go on with.
        let trimming = try template("{% for m in messages %}<{{ m.content|trim }}>{% endfor %}")
        #expect(try trimming.prompt(for: messages) == "<Hi><One,")
        let dropping = try template("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}")
        #expect(throws: ChatTemplateError.replyNotContinuable(template: "hf")) {
            try dropping.prompt(for: messages)
        }
    }

    @Test func turnsOfAStatefulSessionJoinToTheWholeConversation() throws {
        let template = try template()
        let first = try template.prompt(forPrompt: "Hi")
        let later = try template.prompt(forPrompt: "More", sequenceStart: false, round: 2)
        let whole = try template.prompt(for: [
            user, ChatMessage(role: "assistant", content: "Hello"),
            ChatMessage(role: "user", content: "More"),
        ])
        #expect(first + "Hello<|im_end|>" + later == whole)
    }

    @Test func toolsAndDocumentsAreNoneAndTokensAreGiven() throws {
        let source = """
            {{ bos_token }}{{ tools is defined }}{{ tools is none }}{{ documents is none }}{{ eos_token }}\
            {{ messages[0].keys()|list }}
            """
        #expect(
            try template(source).prompt(for: [user]) == "<s>TrueTrueTrue<|im_end|>['role', 'content']")
    }

    @Test func errorsOfTheTemplateNameThePlace() throws {
        let syntax = #expect(throws: ChatTemplateError.self) { try template("{% if %}") }
        #expect(try #require(syntax).description.contains("line 1, column 7"))
        let raising = try template("{{ raise_exception('only one user turn, please') }}")
        let raised = #expect(throws: ChatTemplateError.self) { try raising.prompt(for: [user]) }
        #expect(try #require(raised).description.contains("only one user turn, please"))
    }

    @Test func contentIsComparedAndCutByScalars() throws {
        let source = "{{ messages[0].content|length }}{{ messages[0].content[1:] }}"
        let message = ChatMessage(role: "user", content: "e\u{301}\u{1F44B}\u{1F3FD}")
        #expect(try template(source).prompt(for: [message]) == "4\u{301}\u{1F44B}\u{1F3FD}")
    }
}
