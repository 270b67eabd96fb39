import ChatTemplates
import TestSupport
import Testing

/// Against a second statement of LMDeploy's fields and assembly rule.
struct BuiltinTemplateTests {
    private struct Golden: Decodable {
        struct Message: Decodable {
            let role: String
            let content: String
        }

        struct Conversation: Decodable {
            let title: String
            let messages: [Message]
        }

        struct Prompt: Decodable {
            let conversation: String
            let prompt: String
        }

        struct Template: Decodable {
            let name: String
            let stopWords: [String]
            let prompts: [Prompt]
            let firstTurn: String
            let laterTurn: String
        }

        struct ToolConversation: Decodable {
            let title: String
            /// A JSON document.
            let messages: String
        }

        struct ToolPrompt: Decodable {
            let name: String
            let conversation: String
            let prompt: String
        }

        let conversations: [Conversation]
        let templates: [Template]
        /// A JSON document.
        let tools: String
        let toolConversations: [ToolConversation]
        let toolPrompts: [ToolPrompt]
    }

    private let golden: Golden

    init() throws {
        golden = try GoldenFile.json("chat-templates/builtin.json")
    }

    @Test func everyBuiltinTemplateHasAGolden() {
        #expect(ChatTemplate.builtinNames == golden.templates.map(\.name).sorted())
        #expect(ChatTemplate.builtinNames.count == 57)
    }

    @Test func conversationsBecomeTheExpectedPrompts() throws {
        for expected in golden.templates {
            let template = try ChatTemplate.builtin(expected.name)
            #expect(template.name == expected.name)
            #expect(template.stopWords == expected.stopWords, "\(expected.name)")
            try #require(expected.prompts.count >= 3)
            for prompt in expected.prompts {
                let conversation = try #require(
                    golden.conversations.first { $0.title == prompt.conversation })
                let messages = conversation.messages.map { ChatMessage(role: $0.role, content: $0.content) }
                #expect(
                    try template.prompt(for: messages) == prompt.prompt,
                    "\(expected.name), \(prompt.conversation)")
            }
        }
    }

    @Test func toolsAndTheirCallsBecomeTheExpectedPrompts() throws {
        try #require(golden.toolPrompts.count == 40)
        for expected in golden.toolPrompts {
            let conversation = try #require(
                golden.toolConversations.first { $0.title == expected.conversation })
            let request = try PromptRequest(
                messages: Array(conversation.messages.utf8), tools: Array(golden.tools.utf8))
            #expect(
                try ChatTemplate.builtin(expected.name).prompt(for: request) == expected.prompt,
                "\(expected.name), \(expected.conversation)")
        }
    }

    @Test func toolsAreRefusedWhereTheyHaveNoPlace() throws {
        let request = try PromptRequest(
            messages: Array(#"[{"role": "user", "content": "x"}]"#.utf8), tools: Array(golden.tools.utf8))
        let error = #expect(throws: ChatTemplateError.self) {
            try ChatTemplate.builtin("llama2").prompt(for: request)
        }
        let text = try #require(error).description
        #expect(text.contains("'llama2'") && text.contains("qwen2d5"))
    }

    @Test func imagesAreRefusedAndTextPartsJoined() throws {
        let parts =
            #"[{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]"#
        let image = #"[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]"#
        let template = try ChatTemplate.builtin("internvl2_5")
        let prompt = try template.prompt(for: try PromptRequest(messages: Array(parts.utf8)))
        #expect(prompt.hasSuffix("<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n"))
        #expect(throws: ChatTemplateError.unsupportedContent(type: "image_url", role: "user")) {
            try template.prompt(for: try PromptRequest(messages: Array(image.utf8)))
        }
    }

    @Test func turnsOfAStatefulSessionBecomeTheExpectedTexts() throws {
        for expected in golden.templates {
            let template = try ChatTemplate.builtin(expected.name)
            #expect(try template.prompt(forPrompt: "One?") == expected.firstTurn, "\(expected.name)")
            #expect(
                try template.prompt(forPrompt: "Two?", sequenceStart: false, round: 2) == expected.laterTurn,
                "\(expected.name)")
        }
    }

    @Test func aMetaInstructionReplacesTheDefaultAndYieldsToASystemMessage() throws {
        let user = ChatMessage(role: "user", content: "Hi")
        let system = ChatMessage(role: "system", content: "Mine")
        let turn = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        for name in ["qwen", "yi"] {
            let template = try ChatTemplate.builtin(name)
            let replaced = try template.prompt(for: [user], metaInstruction: "Yours")
            #expect(replaced == "<|im_start|>system\nYours<|im_end|>\n" + turn)
            let own = try template.prompt(for: [system, user], metaInstruction: "Yours")
            #expect(own == "<|im_start|>system\nMine<|im_end|>\n" + turn)
        }
        #expect(throws: ChatTemplateError.unsupportedMetaInstruction(template: "chatglm")) {
            try ChatTemplate.builtin("chatglm").prompt(for: [user], metaInstruction: "Yours")
        }
    }

    @Test func withoutAGenerationPromptRepliesAreClosed() throws {
        let messages = [
            ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b"),
        ]
        let template = try ChatTemplate.builtin("yi")
        #expect(
            try template.prompt(for: messages, addGenerationPrompt: false)
                == "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n")
        #expect(
            try ChatTemplate.builtin("chatglm").prompt(for: [messages[0]], addGenerationPrompt: false)
                == "[Round 1]\n\n问：a\n\n")
    }

    @Test func anUnknownNameListsTheKnownOnes() throws {
        let error = #expect(throws: ChatTemplateError.self) { try ChatTemplate.builtin("lama") }
        let text = try #require(error).description
        #expect(text.contains("'lama'") && text.contains("llama3_1") && text.contains("internlm2"))
    }

    @Test(arguments: [
        ("internlm-chat-7b", "internlm"), ("internlm2-chat-20b", "internlm2"), ("llama-2-chat", "llama2"),
        ("qwen-14b", "qwen"), ("internlm2-7b", "base"), ("yi-34b", "yi"),
    ])
    func namesOfTheFirstReleasesStillWork(earlier: String, current: String) throws {
        #expect(try ChatTemplate.builtin(earlier).name == current)
    }

    @Test func aRoleWithoutAPlaceIsRefused() {
        let messages = [ChatMessage(role: "critic", content: "x")]
        #expect(throws: ChatTemplateError.self) { try ChatTemplate.builtin("qwen").prompt(for: messages) }
        #expect(throws: ChatTemplateError.self) {
            try ChatTemplate.builtin("chatglm").prompt(for: [ChatMessage(role: "system", content: "x")])
        }
    }

    @Test func emptyFalconPromptsBecomeTheEndOfText() throws {
        #expect(try ChatTemplate.builtin("falcon").prompt(forPrompt: "") == "<|endoftext|>")
        #expect(try ChatTemplate.builtin("falcon").prompt(forPrompt: "x") == "x")
    }
}
