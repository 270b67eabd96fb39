import JSON
import LMDeploy
import Serving
import Testing

/// What is written: JSON, metrics, errors, and the description of the API.
@Suite struct OutputTests {
    @Test func valuesAreWrittenInTheOrderTheyWereGiven() {
        let output: JSONOutput = ["z": 1, "a": [true, nil, "x"], "n": .number(0.5), "o": [:], "e": []]
        #expect(output.text == #"{"z":1,"a":[true,null,"x"],"n":0.5,"o":{},"e":[]}"#)
    }

    @Test func stringsSurviveAParser() throws {
        let scalars = (UInt32(0)...0x2FF).compactMap(Unicode.Scalar.init) + ["\u{2028}", "😀", "漢"]
        let text = String(String.UnicodeScalarView(scalars))
        let parsed = try JSONDocument(JSONOutput.string(text).bytes)
        #expect(parsed.root.text?.string == text)
        #expect(!JSONOutput.string(text).bytes.contains { $0 < 0x20 })
    }

    @Test func numbersThatJSONHasNotBecomeOthers() {
        #expect(JSONOutput.float(-.infinity).text == "-9999.0" && JSONOutput.float(0.1).text == "0.1")
        #expect(JSONOutput.number(.nan).text == "null")
    }

    @Test func everyErrorHasAStatusAndBothForms() throws {
        for kind in ServingError.Kind.allCases {
            let error = ServingError(kind, "what is \"wrong\"", parameter: "field")
            #expect((400..<600).contains(error.status))
            let body = try JSONDocument(error.openAIBody.bytes).root.member("error")
            #expect(body?.member("message")?.text?.string == error.message)
            #expect(body?.member("param")?.text?.string == "field" && body?.member("code")?.text != nil)
            #expect(error.anthropicBody["error"]?["message"] == .string(error.message))
            #expect(error.anthropicBody["type"] == "error")
        }
    }

    @Test func aPromptThatDoesNotFitIsToldWithTheNumbers() {
        let error = ServingError(PipelineError.promptTooLong(promptTokens: 900, sessionLength: 512))
        #expect(error.status == 400 && error.code == "context_length_exceeded")
        #expect(error.message.contains("900") && error.message.contains("512"))
        #expect(error.message.contains("--session-len"))
    }

    @Test func theDescriptionHasEveryEndpointAndField() throws {
        let output = OpenAPIDocument.output(version: "1", needsKey: true)
        let document = try JSONDocument(output.bytes)
        #expect(document.firstRepeatedName == nil)
        for endpoint in Endpoints.all {
            let schema = document.root.member("components")?.member("schemas")?.member(endpoint.schema.name)
            let properties = try #require(schema?.member("properties")?.members)
            #expect(properties.map(\.key.string) == endpoint.schema.fields.map(\.name))
            for path in endpoint.paths { #expect(document.root.member("paths")?.member(path) != nil) }
        }
        #expect(document.root.member("security") != nil)
    }

    @Test func usualValuesInTheDescriptionAreOfTheFieldsKind() throws {
        for endpoint in Endpoints.all {
            for field in endpoint.schema.fields {
                guard let usual = field.usual else { continue }
                let required = endpoint.schema.fields.filter { $0.isRequired && $0.name != field.name }
                let rest = RequestSchema(
                    "", endpoint.schema.fields.filter { !required.map(\.name).contains($0.name) })
                _ = try rest.decode(Array(#"{"\#(field.name)":\#(usual)}"#.utf8))
            }
        }
    }

    private static let endings: [(String, FinishReason, String, String, String?)] = [
        ("Hello END", .stop, "Hello ", "stop_sequence", "END"),
        ("Hello<|im_end|>", .stop, "Hello", "end_turn", nil), ("Hello", .stop, "Hello", "end_turn", nil),
        ("Hello END", .length, "Hello END", "max_tokens", nil), ("", .stop, "", "end_turn", nil),
    ]

    @Test(arguments: endings)
    func aMessageTellsWhichSequenceEndedIt(
        _ text: String, _ reason: FinishReason, _ rest: String, _ stop: String, _ sequence: String?
    ) {
        let ending = MessageEnding(stopSequences: ["END", "ND"], templateStopWords: ["<|im_end|>"])
        let split = ending.split(text, reason)
        #expect(split.text == rest && split.reason == stop && split.sequence == sequence)
    }
}
