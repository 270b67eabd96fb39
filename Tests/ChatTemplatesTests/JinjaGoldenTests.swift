import ChatTemplates
import TestSupport
import Testing

/// Against Jinja2 as `transformers` sets it up.
struct JinjaGoldenTests {
    private struct SmallCases: Decodable {
        struct Case: Decodable {
            let template: String
            let context: TaggedValue
            let output: String?
            let error: String?
            let message: String?
        }

        let utcSeconds: Int
        let cases: [Case]
    }

    @Test func smallTemplatesRenderAndFailAsInJinja2() throws {
        let golden: SmallCases = try GoldenFile.json("chat-templates/jinja.json")
        try #require(golden.cases.count > 260)
        for test in golden.cases {
            let expected = GoldenOutcome(output: test.output, error: test.error, message: test.message)
            let problem = mismatch(
                test.template, try test.context.context(), utcSeconds: golden.utcSeconds, expected: expected)
            #expect(problem == nil, "\(test.template)")
        }
    }

    private struct Families: Decodable {
        struct Template: Decodable {
            let family: String
            let source: String
        }

        struct Conversation: Decodable {
            let title: String
            let context: TaggedValue
        }

        struct Case: Decodable {
            let family: String
            let conversation: String
            let addGenerationPrompt: Bool
            let output: String?
            let error: String?
            let message: String?
        }

        let utcSeconds: Int
        let templates: [Template]
        let conversations: [Conversation]
        let cases: [Case]
    }

    @Test func chatTemplatesOfTheFamiliesRenderConversationsAsInJinja2() throws {
        let golden: Families = try GoldenFile.json("chat-templates/families.json")
        try #require(golden.cases.count > 900)
        for test in golden.cases {
            let template = try #require(golden.templates.first { $0.family == test.family })
            let given = try #require(golden.conversations.first { $0.title == test.conversation })
            var context: [String: JinjaValue] = [
                "tools": .none, "documents": .none, "bos_token": "<s>", "eos_token": "</s>",
                "add_generation_prompt": .bool(test.addGenerationPrompt),
            ]
            context.merge(try given.context.context()) { _, new in new }
            let expected = GoldenOutcome(output: test.output, error: test.error, message: test.message)
            let problem = mismatch(
                template.source, context, utcSeconds: golden.utcSeconds, expected: expected)
            #expect(problem == nil, "\(test.family), \(test.conversation), \(test.addGenerationPrompt)")
        }
    }
}
