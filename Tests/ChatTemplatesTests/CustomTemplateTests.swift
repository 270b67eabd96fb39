import ChatTemplates
import Testing

struct CustomTemplateTests {
    private let hello = [ChatMessage(role: "user", content: "Hello")]

    private func custom(_ json: String) throws(ChatTemplateError) -> ChatTemplate {
        try ChatTemplate.custom(json: Array(json.utf8))
    }

    @Test func aNewTemplateHasTheGivenFields() throws {
        let template = try custom(
            """
            {"model_name": "mine", "system": "S:", "meta_instruction": "be é", "eosys": "\\n", "user": "U:",
             "eoh": "|", "assistant": "A:", "eoa": ".", "separator": "\\n", "capability": "chat",
             "stop_words": ["U:", "|"], "tool": null}
            """)
        #expect(template.name == "mine")
        #expect(template.stopWords == ["U:", "|"])
        #expect(try template.prompt(for: hello) == "S:be é\nU:Hello|A:")
        #expect(try template.prompt(forPrompt: "More", sequenceStart: false) == "\nU:More|A:")
    }

    @Test func fieldsOverrideTheTemplateThatTheNameSays() throws {
        let template = try custom(
            #"{"model_name": "qwen", "meta_instruction": "Be terse.", "stop_words": ["x"]}"#)
        #expect(template.name == "qwen")
        #expect(template.stopWords == ["x"])
        #expect(
            try template.prompt(for: hello)
                == "<|im_start|>system\nBe terse.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
        )
    }

    @Test func anEmptyObjectIsTheTextAlone() throws {
        #expect(try custom("{}").name == "custom")
        #expect(try custom("{}").prompt(for: hello) == "Hello")
        #expect(try custom(#"{"model_name": "base", "user": "U:"}"#).prompt(for: hello) == "U:Hello")
    }

    @Test func capabilitiesChangeASinglePrompt() throws {
        let completion = try custom(#"{"model_name": "qwen", "capability": "completion"}"#)
        #expect(try completion.prompt(forPrompt: "def f") == "def f")
        let infilling = try custom(#"{"model_name": "codellama", "capability": "infilling"}"#)
        #expect(infilling.stopWords == ["<EOT>"])
        #expect(try infilling.prompt(forPrompt: "a <FILL> b") == "<PRE> a  <SUF> b <MID>")
        #expect(throws: ChatTemplateError.infillMarkerCount(0)) { try infilling.prompt(forPrompt: "a") }
        #expect(throws: ChatTemplateError.infillMarkerCount(2)) {
            try infilling.prompt(forPrompt: "<FILL><FILL>")
        }
    }

    @Test(arguments: [
        ("", "JSON object"), ("[]", "JSON object"), ("{", "JSON object"),
        (#"{"user": 5}"#, "'user' must be a string"),
        (#"{"users": "x"}"#, "unknown field 'users'"),
        (#"{"stop_words": "x"}"#, "'stop_words' must be a list"),
        (#"{"stop_words": [1]}"#, "'stop_words' must be a list"),
        (#"{"capability": "voice"}"#, "'capability' is 'voice'"),
        (#"{"model_name": {}}"#, "'model_name' must be a string"), ("\u{FEFF}\u{0}", "JSON object"),
    ])
    func aBadFileIsRefusedWithTheReason(json: String, reason: String) throws {
        let error = #expect(throws: ChatTemplateError.self) { try custom(json) }
        #expect(try #require(error).description.contains(reason))
    }
}
