import ChatTemplates
import Testing

/// Messages of the chat protocol and the requests made of them.
struct ChatMessageTests {
    private func messages(_ json: String) throws(ChatTemplateError) -> [ChatMessage] {
        try ChatMessage.conversation(json: Array(json.utf8))
    }

    private func template(_ source: String) throws(ChatTemplateError) -> ChatTemplate {
        try ChatTemplate.jinja(sources: ["default": source], specialTokens: [:])
    }

    @Test func fieldsUnknownHereReachATemplateAsTheyAre() throws {
        let given = try messages(
            #"[{"role": "user", "content": null, "zeta": [1, 2.0, {"b": true, "a": "é"}]}]"#)
        let prompt = try template("{{ messages[0]|tojson }}").prompt(for: given)
        #expect(prompt == #"{"role": "user", "content": null, "zeta": [1, 2.0, {"b": true, "a": "é"}]}"#)
        #expect(given[0].json == .object(given[0].fields))
    }

    @Test func toolCallsAreReadInBothSpellings() throws {
        let given = try messages(
            #"""
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [
              {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}},
              {"name": "g", "arguments": {"y": 2}}]},
              {"role": "tool", "content": "r", "tool_call_id": "a", "name": "f"}]}
            """#)
        let calls = try given[0].toolCalls()
        #expect(calls.map(\.name) == ["f", "g"] && calls[0].id == "a" && calls[1].id == nil)
        #expect(calls[1].arguments == ["y": 2])
        #expect(given[1].toolCallID == "a" && given[1].name == "f")
        let built = ChatMessage(
            role: "assistant", content: nil, reasoningContent: "hm", toolCalls: [calls[1]])
        #expect(built.reasoningContent == "hm")
        let text = try template("{{ messages[0].tool_calls[0]|tojson }}{{ messages[0].content }}").prompt(
            for: [built], addGenerationPrompt: false)
        #expect(text == #"{"type": "function", "function": {"name": "g", "arguments": {"y": 2}}}None"#)
    }

    @Test func reasoningIsGivenUnderTheNamesThatTemplatesKnow() throws {
        for name in ["reasoning_content", "thinking", "reasoning"] {
            let given = try messages(#"[{"role": "assistant", "content": "", "\#(name)": "hm"}]"#)
            let source = "{{ messages[0].reasoning_content }}{{ messages[0].thinking }}"
            #expect(try template(source).prompt(for: given, addGenerationPrompt: false) == "hmhm")
        }
    }

    @Test(arguments: [
        ("", "line 1"), ("[", "line 1"), ("{}", "list of messages"), ("[1]", "message 1"),
        (#"[{"role": "user"}, {"content": "x"}]"#, "message 2"), (#"[{"role": 1}]"#, "'role'"),
        ("[{\"role\": \"u\",\n\"x\": tru}]", "line 2"), (#"["\ud800""#, "line 1"), ("[1e999]", "line 1"),
        ("[01]", "zeros"), ("[\"\n\"]", "line 1"),
        (String(repeating: "[", count: 100_000), "nested"),
    ])
    func whatIsNoConversationIsRefusedWithThePlace(json: String, expected: String) throws {
        let error = #expect(throws: ChatTemplateError.self) { try messages(json) }
        #expect(try #require(error).description.contains(expected), "\(error?.description ?? "")")
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: ChatTemplateError.self) { try ChatMessage.conversation(json: [0x5B, 0xFF, 0x5D]) }
    }

    @Test func imagesAreRefusedInAModelsOwnTemplate() throws {
        let given = try messages(#"[{"role": "user", "content": [{"type": "image", "image": "x"}]}]"#)
        #expect(throws: ChatTemplateError.unsupportedContent(type: "image", role: "user")) {
            try template("{{ messages }}").prompt(for: given)
        }
    }

    @Test func argumentsOfTheTemplateWinOverTheUsualVariables() throws {
        var request = try PromptRequest(
            messages: Array(#"{"messages": [], "tools": [{"name": "f"}]}"#.utf8),
            templateArguments: Array(#"{"enable_thinking": false, "bos_token": "B"}"#.utf8))
        request.documents = [["text": "d"]]
        let source =
            "{{ bos_token }}{{ enable_thinking }}{{ tools[0].name }}{{ documents[0].text }}{{ eos_token is defined }}"
        let template = try ChatTemplate.jinja(sources: ["default": source], specialTokens: ["bos_token": "b"])
        #expect(try template.prompt(for: request) == "BFalsefdFalse")
    }

    @Test func namedTemplatesAreChosenByToolsOrByName() throws {
        let template = try ChatTemplate.jinja(
            sources: ["default": "d", "tool_use": "t", "rag": "r", "broken": "{{"], specialTokens: [:])
        var request = PromptRequest(messages: [])
        #expect(try template.prompt(for: request) == "d")
        request.tools = []
        #expect(try template.prompt(for: request) == "t")
        request.templateName = "rag"
        #expect(try template.prompt(for: request) == "r")
        for name in ["broken", "other"] {
            request.templateName = name
            #expect(throws: ChatTemplateError.self) { try template.prompt(for: request) }
        }
        #expect(throws: ChatTemplateError.self) {
            try ChatTemplate.jinja(sources: ["rag": "r"], specialTokens: [:]).prompt(for: [])
        }
    }

    @Test func partsAreContinuedInTheirLastText() throws {
        let given = try messages(
            #"[{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b "}]}]"#
        )
        let source =
            "{% for m in messages %}{% for p in m.content %}<{{ p.text }}>{% endfor %}{% endfor %}end"
        #expect(try template(source).prompt(for: given) == "<a><b ")
        var request = PromptRequest(messages: given)
        request.continueFinalMessage = false
        #expect(try template(source).prompt(for: request) == "<a><b >end")
    }
}
