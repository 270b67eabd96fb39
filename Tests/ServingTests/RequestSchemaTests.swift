import JSON
import LMDeploy
import Serving
import Testing

/// What the tables of fields take, what they refuse, and what they say about it.
@Suite struct RequestSchemaTests {
    private func refusal(_ schema: RequestSchema, _ body: String) -> ServingError? {
        do {
            _ = try schema.decode(Array(body.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", "the body is not JSON: the end at byte 0, expected a JSON value"),
        ("{", "the body is not JSON: the end at byte 1, expected a name in double quotes"),
        ("[]", "the body is an array, expected an object with the request's fields"),
        (#"{"prompt":"a","prompt":"b"}"#, "'prompt' is given twice in one object: keep one of them"),
        ("{}", "prompt is missing, expected a string, or an array of a string"),
        (#"{"prompt":null}"#, "prompt is missing"),
        (#"{"prompt":1}"#, "prompt is 1, expected a string"),
        (#"{"prompt":[1,"a"]}"#, "prompt[1] is 'a', expected a whole number of 0 or more"),
        (#"{"prompt":[]}"#, "prompt is an empty array"),
        (#"{"prompt":"a","temperature":2.5}"#, "temperature is 2.5, expected a number in 0...2"),
        (#"{"prompt":"a","temperature":"1"}"#, "temperature is '1', expected a number in 0...2"),
        (#"{"prompt":"a","top_p":-0.1}"#, "top_p is -0.1, expected a number in 0...1"),
        (#"{"prompt":"a","max_tokens":0}"#, "max_tokens is 0, expected a whole number of 1 or more"),
        (#"{"prompt":"a","max_tokens":1.5}"#, "max_tokens is 1.5"),
        (#"{"prompt":"a","stream":1}"#, "stream is 1, expected true or false"),
        (#"{"prompt":"a","stop":true}"#, "stop is true, expected false, or a string"),
        (#"{"prompt":"a","logit_bias":{"5":101}}"#, "logit_bias.5 is 101, expected a number in -100...100"),
        (#"{"prompt":"a","n":129}"#, "n is 129, expected a whole number in 1...128"),
        (#"{"prompt":"a","suffix":"b"}"#, #"suffix is not supported by this server"#),
        (
            #"{"prompt":"a","stream_options":{"include_usage":"yes"}}"#,
            "stream_options.include_usage is 'yes'"
        ),
    ])
    func aCompletionThatIsWrongIsRefusedWithTheFieldsName(_ body: String, _ message: String) throws {
        let error = try #require(refusal(CompletionFields.schema, body))
        #expect(error.message.hasPrefix(message), "\(error.message)")
        #expect(error.status == 400)
    }

    @Test(arguments: [
        #"{"prompt":"a"}"#, #"{"prompt":["a","b"]}"#, #"{"prompt":[1,2]}"#, #"{"prompt":[[1,2],[3]]}"#,
        #"{"prompt":"a","stop":false}"#, #"{"prompt":"a","stop":null}"#, #"{"prompt":"a","stop":"x"}"#,
        #"{"prompt":"a","stop":["x","y"]}"#, #"{"prompt":"a","max_tokens":5.0,"seed":-1}"#,
        #"{"prompt":"a","suffix":null}"#, #"{"prompt":"a","suffix":""}"#,
    ])
    func aCompletionMayBeWrittenInManyWays(_ body: String) {
        #expect(refusal(CompletionFields.schema, body) == nil)
    }

    @Test(arguments: [
        (#""tools":[]"#, true), (#""tools":[{}]"#, false), (#""tool_choice":"auto""#, true),
        (#""tool_choice":"required""#, false), (#""response_format":{"type":"text"}"#, true),
        (#""response_format":{"type":"json_object"}"#, false), (#""functions":[]"#, true),
        (#""modalities":["text"]"#, true), (#""modalities":["text","audio"]"#, false),
        (#""user":"me","metadata":{"a":1},"store":true"#, true), (#""repetition_ngram_size":0"#, true),
        (#""repetition_ngram_size":2"#, false), (#""spaces_between_special_tokens":true"#, true),
        (#""chat_template_kwargs":{}"#, true), (#""chat_template_kwargs":{"a":1}"#, false),
    ])
    func aDocumentedFieldIsTakenOnlyWhenItAsksForNothing(_ member: String, _ isTaken: Bool) {
        let error = refusal(ChatFields.schema, #"{"messages":"hi",\#(member)}"#)
        #expect((error == nil) == isTaken, "\(String(describing: error))")
        if let error { #expect(error.kind == .unsupportedField && error.parameter != nil) }
    }

    @Test(arguments: [
        (#"[]"#, "messages is an empty array"),
        (#"[{"role":"robot","content":"a"}]"#, "messages[0].role is 'robot', expected 'system' or"),
        (#"[{"role":"user"}]"#, "messages[0].content is missing"),
        (#"[{"role":"user","content":5}]"#, "messages[0].content is 5"),
        (
            #"[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]"#,
            "messages[0].content[0].type is 'image_url', expected 'text'"
        ),
        (
            #"[{"role":"assistant","content":"a","tool_calls":[{}]}]"#,
            "messages[0].tool_calls is not supported"
        ),
    ])
    func aMessageThatIsWrongIsNamedByItsPlace(_ messages: String, _ message: String) throws {
        let error = try #require(refusal(ChatFields.schema, #"{"messages":\#(messages)}"#))
        #expect(error.message.hasPrefix(message), "\(error.message)")
    }

    @Test func unknownFieldsAreListedWithTheirPlaces() throws {
        let body = #"{"messages":[{"role":"user","content":"a","mood":1}],"frobnicate":{},"n":1}"#
        let decoded = try ChatFields.schema.decode(Array(body.utf8))
        #expect(decoded.unknownFields == ["messages[0].mood", "frobnicate"])
    }

    @Test func theCoursesRequestIsTaken() throws {
        let body = #"""
            {"model": "m", "messages": "写一首春天的诗", "temperature": 0.7, "top_p": 1, "n": 1, "max_tokens": 512,
             "stop": false, "stream": false, "presence_penalty": 0, "frequency_penalty": 0, "user": "string",
             "repetition_penalty": 1, "renew_session": false, "ignore_eos": false}
            """#
        let decoded = try ChatFields.schema.decode(Array(body.utf8))
        #expect(decoded.unknownFields.isEmpty)
        #expect(decoded.string("messages") == "写一首春天的诗")
        #expect(decoded.strings("stop").isEmpty && decoded.integer("max_tokens") == 512)
    }

    @Test(arguments: [65, 10_000, 1_000_000])
    func deepNestingIsRefused(_ depth: Int) throws {
        let error = try #require(refusal(ChatFields.schema, String(repeating: "[", count: depth)))
        #expect(error.message.contains("at most 64 nested containers"))
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        #expect(throws: ServingError.self) { try ChatFields.schema.decode([0x22, 0xFF, 0x22]) }
    }

    @Test func samplingFieldsBecomeTheLibrarysConfiguration() throws {
        let body = #"""
            {"prompt":"a","temperature":0.5,"top_p":0.9,"top_k":7,"min_p":0.1,"repetition_penalty":1.1,
             "presence_penalty":0.2,"frequency_penalty":-0.3,"seed":5,"stop":["x"],"stop_token_ids":[3],
             "bad_words":["y"],"ignore_eos":true,"min_tokens":2,"skip_special_tokens":false,
             "include_stop_str_in_output":true,"logit_bias":{"9":-100}}
            """#
        let decoded = try CompletionFields.schema.decode(Array(body.utf8))
        let config = try SamplingFields.config(decoded, maxNewTokens: 10, vocabulary: 100)
        #expect(config.doSample && config.temperature == 0.5 && config.topP == 0.9 && config.topK == 7)
        #expect(config.minP == 0.1 && config.repetitionPenalty == 1.1)
        #expect(config.presencePenalty == 0.2 && config.frequencyPenalty == -0.3 && config.randomSeed == 5)
        #expect(config.stopWords == ["x"] && config.stopTokenIDs == [3] && config.badWords == ["y"])
        #expect(config.ignoreEOS && config.minNewTokens == 2 && !config.skipSpecialTokens)
        #expect(config.includeStopStringInOutput && config.logitBias == [9: -100])
    }

    @Test(arguments: [
        (#""stop_token_ids":[100]"#, "stop_token_ids is 100"),
        (#""logit_bias":{"100":1}"#, "logit_bias is about"),
        (#""logit_bias":{"x":1}"#, "logit_bias is about token 'x'"),
        (#""min_tokens":11"#, "min_new_tokens is 11, expected at most max_new_tokens (10)"),
        (#""stop":"""#, "stop_words is an empty string"),
    ])
    func whatTheModelCannotDoIsRefused(_ member: String, _ message: String) throws {
        let body = try CompletionFields.schema.decode(Array(#"{"prompt":"a",\#(member)}"#.utf8))
        let error = #expect(throws: ServingError.self) {
            try SamplingFields.config(body, maxNewTokens: 10, vocabulary: 100)
        }
        #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
    }
}
