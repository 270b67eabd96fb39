import Checkpoints
import Tensors
import TestSupport
import Testing

struct HuggingFaceFolderTests {
    private static func error(_ folder: TemporaryFolder) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
    }

    // MARK: - Configuration

    @Test
    func `a Llama configuration is read`() throws {
        let folder = try TinyFiles.folder()
        let checkpoint = try Checkpoint.open(folder.path + "/")
        #expect(checkpoint.kind == .huggingFace)
        #expect(
            checkpoint.configuration
                == ModelConfiguration(
                    architecture: "LlamaForCausalLM",
                    hiddenSize: 32,
                    intermediateSize: 64,
                    layerCount: 1,
                    attentionHeadCount: 4,
                    keyValueHeadCount: 2,
                    headDimension: 8,
                    vocabularySize: 6,
                    maximumPositions: 128,
                    rmsNormEpsilon: 1e-5,
                    ropeTheta: 50_000,
                    dtype: .bfloat16,
                    bosTokenID: 0,
                    eosTokenIDs: [1, 5]
                )
        )
        #expect(checkpoint.generationDefaults == GenerationDefaults())
        #expect(checkpoint.chatTemplate == nil && checkpoint.bosToken == nil && checkpoint.eosToken == nil)
    }

    /// Changes to the configuration, and what they change in the result.
    private static let variants: [([String: String?], @Sendable (inout ModelConfiguration) -> Void)] = [
        (["num_key_value_heads": nil], { $0.keyValueHeadCount = 4 }),
        (["num_key_value_heads": "null"], { $0.keyValueHeadCount = 4 }),
        (["head_dim": "16"], { $0.headDimension = 16 }),
        (["head_dim": "null"], { _ in }),
        (["rms_norm_eps": nil], { $0.rmsNormEpsilon = 1e-6 }),
        (["rope_theta": nil], { $0.ropeTheta = 10_000 }),
        (["rope_theta": "10000"], { $0.ropeTheta = 10_000 }),
        (["hidden_act": nil], { _ in }),
        (["torch_dtype": nil], { $0.dtype = nil }),
        (["torch_dtype": nil, "dtype": #""float16""#], { $0.dtype = .float16 }),
        (["torch_dtype": #""float64""#], { $0.dtype = .float64 }),
        (["torch_dtype": #""int8""#], { $0.dtype = nil }),
        (["eos_token_id": "2"], { $0.eosTokenIDs = [2] }),
        (["eos_token_id": nil, "bos_token_id": "null"], { ($0.eosTokenIDs, $0.bosTokenID) = ([], nil) }),
        (["attention_bias": "true", "mlp_bias": "true"], { ($0.attentionBias, $0.mlpBias) = (true, true) }),
        (["rope_scaling": "null"], { _ in }),
        (["rope_scaling": #"{"rope_type":"default"}"#], { _ in }),
        (["rope_scaling": #"{"type":"linear","factor":4.0}"#], { $0.ropeScaling = .linear(factor: 4) }),
        (
            [
                "rope_scaling":
                    #"{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"#
                    + #""original_max_position_embeddings":8192}"#
            ],
            {
                $0.ropeScaling = .llama3(
                    factor: 8,
                    lowFrequencyFactor: 1,
                    highFrequencyFactor: 4,
                    originalMaximumPositions: 8192
                )
            }
        ),
        (
            ["rope_theta": nil, "rope_parameters": #"{"rope_type":"default","rope_theta":20000.0}"#],
            { $0.ropeTheta = 20_000 }
        ),
        (
            [
                "rope_parameters":
                    #"{"rope_type":"linear","factor":2,"rope_theta":20000.0,"partial_rotary_factor":0.5}"#
            ],
            { ($0.ropeTheta, $0.ropeScaling, $0.rotaryFraction) = (20_000, .linear(factor: 2), 0.5) }
        ),
        (
            ["architectures": #"["Qwen2ForCausalLM"]"#, "attention_bias": "false"],
            { ($0.architecture, $0.attentionBias) = ("Qwen2ForCausalLM", true) }
        ),
        (["partial_rotary_factor": "0.25"], { $0.rotaryFraction = 0.25 }),
        (
            [
                "architectures": #"["Qwen2ForCausalLM"]"#, "sliding_window": "4096",
                "use_sliding_window": "false",
            ],
            { ($0.architecture, $0.attentionBias) = ("Qwen2ForCausalLM", true) }
        ),
        (
            ["architectures": #"["MistralForCausalLM"]"#, "sliding_window": "4096"],
            { ($0.architecture, $0.slidingWindow) = ("MistralForCausalLM", SlidingWindow(tokens: 4096)) }
        ),
        (
            [
                "architectures": #"["Qwen2ForCausalLM"]"#, "sliding_window": "64",
                "use_sliding_window": "true",
                "max_window_layers": "0",
            ],
            {
                ($0.architecture, $0.attentionBias) = ("Qwen2ForCausalLM", true)
                $0.slidingWindow = SlidingWindow(tokens: 64, layers: [true])
            }
        ),
        (
            ["layer_types": #"["sliding_attention"]"#, "sliding_window": "7"],
            { $0.slidingWindow = SlidingWindow(tokens: 7, layers: [true]) }
        ),
        (["sliding_window": "null", "layer_types": #"["full_attention"]"#], { _ in }),
        (["unknown_field": #"{"a":[1,2.5e3,"x\n\u00e9\ud83d\ude00",true,false,null]}"#], { _ in }),
    ]

    @Test(arguments: variants.indices)
    func `fields of the configuration have their effect`(index: Int) throws {
        let (changes, change) = Self.variants[index]
        let plain = try TinyFiles.folder()
        var expected = try Checkpoint.open(plain.path).configuration
        change(&expected)
        let folder = try TinyFiles.folder(config: TinyFiles.config(changing: changes))
        #expect(try Checkpoint.open(folder.path).configuration == expected)
    }

    @Test(
        arguments: [
            ("architectures", nil, CheckpointError.Code.missingField),
            ("architectures", "[]", .invalidField),
            ("architectures", #""LlamaForCausalLM""#, .invalidField),
            ("hidden_size", nil, .missingField),
            ("hidden_size", #""32""#, .invalidField),
            ("hidden_size", "32.0", .invalidField),
            ("hidden_size", "0", .invalidField),
            ("hidden_size", "-1", .invalidField),
            ("hidden_size", "9223372036854775808", .invalidField),
            ("intermediate_size", nil, .missingField),
            ("num_hidden_layers", nil, .missingField),
            ("num_hidden_layers", "100000", .invalidField),
            ("num_attention_heads", nil, .missingField),
            ("num_attention_heads", "5", .invalidField),
            ("num_key_value_heads", "3", .invalidField),
            ("vocab_size", nil, .missingField),
            ("max_position_embeddings", nil, .missingField),
            ("rms_norm_eps", "0", .invalidField),
            ("rms_norm_eps", "true", .invalidField),
            ("rope_theta", "-1", .invalidField),
            ("eos_token_id", "-1", .invalidField),
            ("eos_token_id", "[1, \"2\"]", .invalidField),
            ("tie_word_embeddings", "1", .invalidField),
            ("hidden_act", #""gelu""#, .unsupported),
            ("partial_rotary_factor", "1.5", .invalidField),
            ("partial_rotary_factor", "0.375", .invalidField),
            ("rope_scaling", "1", .invalidField),
            ("rope_scaling", "{}", .missingField),
            ("rope_scaling", #"{"rope_type":"linear"}"#, .missingField),
            ("rope_scaling", #"{"type":"dynamic","factor":2}"#, .unsupported),
            ("rope_scaling", #"{"rope_type":"yarn","factor":2}"#, .unsupported),
            ("rope_scaling", #"{"rope_type":"llama3","factor":2}"#, .missingField),
            ("use_sliding_window", "1", .invalidField),
            ("layer_types", #"["full_attention","chunked_attention"]"#, .unsupported),
            ("layer_types", #"["full_attention","full_attention","sliding_attention"]"#, .invalidField),
            ("sliding_window", "0", .invalidField),
            ("quantization_config", #"{"quant_method":"awq","bits":3}"#, .unsupported),
        ] as [(String, String?, CheckpointError.Code)])
    func `fields that are missing, wrong or not implemented are refused by name`(
        name: String,
        value: String?,
        code: CheckpointError.Code
    ) throws {
        let error = try Self.error(TinyFiles.folder(config: TinyFiles.config(changing: [name: value])))
        #expect(error.code == code, "\(error)")
        #expect(error.message.contains(name))
        #expect(error.message.contains("config.json"))
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `a refusal of quantised weights names the method`() throws {
        let changes = ["quantization_config": #"{"quant_method":"hqq"}"#]
        #expect(
            try Self.error(TinyFiles.folder(config: TinyFiles.config(changing: changes))).message.contains(
                "'hqq'"))
    }

    @Test
    func `an architecture the caller does not support is refused before its fields are read`() throws {
        let folder = try TinyFiles.folder(config: #"{"architectures":["GPT2LMHeadModel"],"n_embd":768}"#)
        let error = try #require(throws: CheckpointError.self) {
            try Checkpoint.open(folder.path, supportedArchitectures: ["LlamaForCausalLM"])
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("'GPT2LMHeadModel' is not supported; supported are LlamaForCausalLM"))
    }

    @Test(arguments: [
        (["use_sliding_window": "true"], "max_window_layers"),
        (["use_sliding_window": "true", "max_window_layers": "0"], "sliding_window"),
        (["layer_types": #"["sliding_attention"]"#], "sliding_window"),
    ])
    func `a window of which something is missing is refused`(changes: [String: String], name: String) throws {
        let error = try Self.error(TinyFiles.folder(config: TinyFiles.config(changing: changes)))
        #expect(error.code == .missingField)
        #expect(error.message.contains("'\(name)'"))
    }

    @Test(arguments: [
        "", " ", "[]", "1", "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#,
        #"{"a":1}}"#, "{'a':1}",
        #"{"a":01}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":+1}"#, #"{"a":1e}"#, #"{"a":1e999}"#, #"{"a":-}"#,
        #"{"a":NaN}"#,
        #"{"a":tru}"#, #"{"a":nul"#, #"{"a":"x}"#, "{\"a\":\"\n\"}", #"{"a":"\x"}"#, #"{"a":"\u12"}"#,
        #"{"a":"\u12G4"}"#,
        #"{"a":"\ud800"}"#, #"{"a":"\udc00"}"#, #"{"a":"\ud800A"}"#, #"{"a":1,"a":2}"#, #"{"a":[1,]}"#,
        #"{"a":[1"#,
        #"{"a":"# + String(repeating: "[", count: 100_000),
    ])
    func `a configuration that is not JSON is refused`(text: String) throws {
        let error = try Self.error(TinyFiles.folder(config: text))
        #expect(error.code == (text.isEmpty ? .truncated : .malformed))
        #expect(error.message.contains("config.json"))
    }

    // MARK: - Files

    @Test
    func `missing files are named with what a model folder must contain`() throws {
        let empty = try TemporaryFolder()
        let message = try Self.error(empty).message
        for word in ["config.json", "model.safetensors", "tokenizer.json"] {
            #expect(message.contains(word))
        }
        #expect(
            try Self.error(TinyFiles.folder(weights: nil)).message.contains(
                "has no weights: none of model.saf"))
        try empty.write("GGUF", to: "some.gguf")
        #expect(try Self.error(empty).message.hasSuffix("give the file's path: \(empty.path)/some.gguf"))
        let pickled = try TinyFiles.folder(weights: nil, others: ["pytorch_model.bin": "x"])
        #expect(try Self.error(pickled).message.contains("is no file of torch.save"))
        let folder = try TinyFiles.folder()
        let checkpoint = try Checkpoint.open(folder.path)
        let error = try #require(throws: CheckpointError.self) { try checkpoint.tokenizerSource() }
        #expect(error.message.contains("has no tokenizer; looked for tokenizer.json"))
    }

    @Test
    func `buffers are no parameters`() throws {
        var file = TinyFiles.safetensors()
        file.add("model.layers.0.self_attn.rotary_emb.inv_freq", [4], [1, 2, 3, 4])
        let folder = try TinyFiles.folder(weights: file.build())
        let names = try Checkpoint.open(folder.path).tensors.keys.sorted()
        #expect(names == ["lm_head.weight", "model.embed_tokens.weight", "model.norm.weight"])
    }

    @Test
    func `generation defaults are read`() throws {
        let text =
            #"{"do_sample":true,"temperature":0.7,"top_p":0.8,"top_k":20,"min_p":0.05,"repetition_penalty":1.1,"#
            + #""eos_token_id":[1,5],"transformers_version":"4.40"}"#
        let folder = try TinyFiles.folder(others: ["generation_config.json": text])
        #expect(
            try Checkpoint.open(folder.path).generationDefaults
                == GenerationDefaults(
                    doSample: true,
                    temperature: 0.7,
                    topP: 0.8,
                    topK: 20,
                    minP: 0.05,
                    repetitionPenalty: 1.1,
                    eosTokenIDs: [1, 5]
                )
        )
        try folder.write(
            #"{"top_k":-1,"max_new_tokens":512,"min_new_tokens":2,"bos_token_id":0,"eos_token_id":2,"#
                + #""stop_strings":["a","b"],"temperature":1,"top_p":null,"do_sample":null}"#,
            to: "generation_config.json")
        #expect(
            try Checkpoint.open(folder.path).generationDefaults
                == GenerationDefaults(
                    temperature: 1, topK: 0, eosTokenIDs: [2], maxNewTokens: 512, minNewTokens: 2,
                    bosTokenID: 0, stopStrings: ["a", "b"]))
        let allNull = #"{"eos_token_id":null,"stop_strings":null,"top_k":null,"max_new_tokens":null}"#
        try folder.write(allNull, to: "generation_config.json")
        #expect(try Checkpoint.open(folder.path).generationDefaults == GenerationDefaults())
        try folder.write(#"{"stop_strings":"one"}"#, to: "generation_config.json")
        #expect(try Checkpoint.open(folder.path).generationDefaults.stopStrings == ["one"])
        try folder.write(#"{"stop_strings":[1]}"#, to: "generation_config.json")
        #expect(try Self.error(folder).message.contains("'stop_strings' is 1"))
        try folder.write(#"{"temperature":"hot"}"#, to: "generation_config.json")
        #expect(
            try Self.error(folder).message.contains("'temperature' is the string 'hot', expected a number"))
    }

    @Test
    func `the tokenizer's files are handed on as they are`() throws {
        let folder = try TinyFiles.folder(others: [
            "tokenizer.json": #"{"a":1}"#, "tokenizer_config.json": "{}",
        ])
        guard
            case .huggingFace(let tokenizer, let config) = try Checkpoint.open(folder.path).tokenizerSource()
        else {
            Issue.record("a folder has a Hugging Face tokenizer")
            return
        }
        #expect(tokenizer == Array(#"{"a":1}"#.utf8))
        #expect(config == Array("{}".utf8))
    }

    @Test(
        arguments: [
            (#""T""#, "T"),
            (#"[{"name":"tool","template":"U"},{"name":"default","template":"T"}]"#, "T"),
            (#"[{"name":"only","template":"T"}]"#, "T"),
            (#"[{"name":"a","template":"U"},{"name":"b","template":"V"}]"#, nil),
            ("null", nil),
        ] as [(String, String?)])
    func `the chat template is found in its forms`(field: String, expected: String?) throws {
        let folder = try TinyFiles.folder(others: ["tokenizer_config.json": #"{"chat_template":\#(field)}"#])
        #expect(try Checkpoint.open(folder.path).chatTemplate == expected)
        try folder.write("from the file", to: "chat_template.jinja")
        #expect(try Checkpoint.open(folder.path).chatTemplate == "from the file")
    }

    @Test
    func `named chat templates come with the file they are from`() throws {
        let folder = try TinyFiles.folder(others: [
            "chat_template.json": #"{"chat_template":"P"}"#, "tokenizer_config.json": "{}",
        ])
        var found = try Checkpoint.open(folder.path).chatTemplates
        #expect(found == ChatTemplateSources(byName: ["default": "P"], origin: "chat_template.json"))
        let named = #"[{"name":"default","template":"T"},{"name":"tool_use","template":"U"}]"#
        try folder.write(#"{"chat_template":\#(named)}"#, to: "tokenizer_config.json")
        found = try Checkpoint.open(folder.path).chatTemplates
        #expect(found.byName == ["default": "T", "tool_use": "U"] && found.origin == "tokenizer_config.json")
        try folder.write("D", to: "chat_template.jinja")
        try folder.write("R", to: "additional_chat_templates/rag.jinja")
        try folder.write("not a template", to: "additional_chat_templates/readme.md")
        found = try Checkpoint.open(folder.path).chatTemplates
        #expect(found.byName == ["default": "D", "rag": "R"] && found.origin == "chat_template.jinja")
        try folder.write([0xFF], to: "additional_chat_templates/rag.jinja")
        #expect(try Self.error(folder).message.contains("additional_chat_templates/rag.jinja"))
    }

    @Test
    func `special tokens are text or objects`() throws {
        let text = #"{"bos_token":{"content":"<s>","lstrip":false},"eos_token":"\u003c/s\ud83d\ude00>"}"#
        let folder = try TinyFiles.folder(others: ["tokenizer_config.json": text])
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.bosToken == "<s>")
        #expect(checkpoint.eosToken == "</s😀>")
        try folder.write(#"{"bos_token":1}"#, to: "tokenizer_config.json")
        #expect(try Self.error(folder).message.contains("'bos_token' is 1"))
        try folder.write(#"{"chat_template":[{"name":"x"}]}"#, to: "tokenizer_config.json")
        #expect(try Self.error(folder).message.contains("'chat_template'"))
    }
}
