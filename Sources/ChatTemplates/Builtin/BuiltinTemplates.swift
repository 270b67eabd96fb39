/// LMDeploy's text templates as of v0.7.3, the last release that lists them all, and the names of earlier
/// ones.
enum BuiltinTemplates {
    static let names: [String] = templates.map(\.name).sorted()

    static var namesWithTools: [String] {
        templates.filter { $0.toolStyle != .none }.map(\.name).sorted()
    }

    static func template(named name: String) -> FieldTemplate? {
        let current = earlierNames[name] ?? name
        return templates.first { $0.name == current }
    }

    /// Names that LMDeploy's first releases registered.
    private static let earlierNames: [String: String] = [
        "Mistral-7B-Instruct": "mistral", "Mixtral-8x7B-Instruct": "mixtral",
        "baichuan-7b": "base", "baichuan-base": "base", "baichuan2-7b": "baichuan2",
        "baichuan2-chat": "baichuan2", "chatglm2-6b": "chatglm", "deepseek-chat": "deepseek",
        "internlm-20b": "base", "internlm-chat": "internlm", "internlm-chat-20b": "internlm",
        "internlm-chat-7b": "internlm", "internlm-chat-7b-8k": "internlm", "internlm-chat-8k": "internlm",
        "internlm2-1_8b": "base",
        "internlm2-20b": "base", "internlm2-7b": "base", "internlm2-chat": "internlm2",
        "internlm2-chat-1_8b": "internlm2", "internlm2-chat-20b": "internlm2",
        "internlm2-chat-7b": "internlm2",
        "llama-2": "llama2", "llama-2-chat": "llama2", "qwen-14b": "qwen", "qwen-7b": "qwen",
        "solar-70b": "solar",
        "yi-200k": "yi", "yi-34b": "yi", "yi-chat": "yi",
    ]

    private static let templates: [FieldTemplate] = textTemplates + visionTemplates

    private static let textTemplates: [FieldTemplate] = [
        row("base") { $0.assembly = .raw(emptyPrompt: "") },
        row("llama") { $0.assembly = .raw(emptyPrompt: "") },
        row("falcon") { $0.assembly = .raw(emptyPrompt: "<|endoftext|>") },
        row("puyu") { _ in },
        deepseekV3,
        deepseekV3.renamed("deepseek-r1") { $0.generationSuffix = "<think>\n" },
        row("deepseek") {
            $0.endOfSystem = "\n\n"
            ($0.user, $0.endOfUser) = ("User: ", "\n\n")
            ($0.assistant, $0.endOfAssistant) = ("Assistant: ", "<｜end▁of▁sentence｜>")
            $0.shortensOpening = true
        },
        row("deepseek-coder") {
            $0.metaInstruction = SystemTexts.deepseekCoder
            ($0.user, $0.endOfUser) = ("### Instruction:\n", "\n")
            ($0.assistant, $0.endOfAssistant, $0.separator) = ("### Response:\n", "\n<|EOT|>", "\n")
            $0.stopWords = ["<|EOT|>"]
        },
        vicuna, vicuna.renamed("wizardlm"),
        row("internlm") {
            ($0.system, $0.metaInstruction, $0.endOfSystem) = ("<|System|>:", SystemTexts.internlm, "\n")
            ($0.user, $0.endOfUser) = ("<|User|>:", "\n")
            ($0.assistant, $0.endOfAssistant, $0.separator) = ("<|Bot|>:", "<eoa>", "\n")
            $0.stopWords = ["<eoa>"]
        },
        internlm2, internlm2.renamed("internlm3"),
        row("baichuan2") { ($0.user, $0.assistant) = ("<reserved_106>", "<reserved_107>") },
        llama2,
        llama2.renamed("codellama") {
            $0.metaInstruction = ""
            $0.fillsIn = true
        },
        llama3, llama3Dot1, llama3Dot1.renamed("llama3_2"),
        row("llama4") {
            $0.system = "<|header_start|>system<|header_end|>\n\n"
            $0.user = "<|header_start|>user<|header_end|>\n\n"
            $0.assistant = "<|header_start|>assistant<|header_end|>\n\n"
            ($0.endOfSystem, $0.endOfUser, $0.endOfAssistant) = ("<|eot|>", "<|eot|>", "<|eot|>")
            $0.stopWords = ["<|end_of_text|>", "<|eom|>", "<|eot|>"]
        },
        qwen, qwen.renamed("minicpm3"), qwen2Dot5,
        qwen2Dot5.renamed("qwq_preview") { $0.metaInstruction = SystemTexts.qwqPreview },
        qwen2Dot5.renamed("qwq") {
            $0.metaInstruction = ""
            $0.generationSuffix = "<think>\n"
        },
        chatml("yi", metaInstruction: nil, stopWords: ["<|im_end|>", "<|endoftext|>"]),
        chatml("dbrx", metaInstruction: SystemTexts.dbrx, stopWords: []),
        row("chatglm") {
            $0.assembly = .numberedRounds
            ($0.user, $0.endOfUser, $0.assistant) = ("问：", "\n\n", "答：")
        },
        row("chatglm3") {
            ($0.prefix, $0.metaInstruction) = ("[gMASK]sop", nil)
            ($0.system, $0.user, $0.assistant) = ("<|system|>\n ", "<|user|>\n ", "<|assistant|>\n ")
            $0.stopWords = ["<eos>"]
        },
        row("glm4") {
            ($0.prefix, $0.metaInstruction) = ("[gMASK]<sop>", nil)
            ($0.system, $0.user, $0.assistant) = ("<|system|>\n", "<|user|>\n", "<|assistant|>\n")
            $0.stopWords = ["<|user|>", "<|endoftext|>", "<|observation|>"]
        },
        row("codegeex4") {
            ($0.system, $0.user, $0.assistant) = ("<|system|>\n", "<|user|>\n", "<|assistant|>\n")
            $0.metaInstruction = SystemTexts.codegeex4
            $0.stopWords = ["<|endoftext|>", "<|user|>", "<|observation|>"]
        },
        row("solar") {
            ($0.system, $0.endOfSystem) = ("### System:\n", "\n\n")
            ($0.user, $0.endOfUser, $0.assistant) = ("### User:\n", "\n\n", "### Assistant:\n")
        },
        ultra("ultracm"), ultra("ultralm"),
        mistral("mistral"), mistral("mixtral"),
        row("gemma") {
            ($0.user, $0.endOfUser) = ("<start_of_turn>user\n", "<end_of_turn>\n")
            ($0.assistant, $0.endOfAssistant) = ("<start_of_turn>model\n", "<end_of_turn>\n")
            $0.stopWords = ["<end_of_turn>"]
        },
        phi3,
    ]
}

// MARK: - Rows that several templates share

extension BuiltinTemplates {
    /// A template with an empty system text, LMDeploy's default for every field.
    static func row(_ name: String, _ fill: (inout FieldTemplate) -> Void) -> FieldTemplate {
        var template = FieldTemplate(name: name)
        template.metaInstruction = ""
        fill(&template)
        return template
    }

    private static func chatml(_ name: String, metaInstruction: String?, stopWords: [String]) -> FieldTemplate
    {
        row(name) {
            ($0.system, $0.metaInstruction, $0.endOfSystem) = (
                "<|im_start|>system\n", metaInstruction, "<|im_end|>\n"
            )
            ($0.user, $0.endOfUser) = ("<|im_start|>user\n", "<|im_end|>\n")
            ($0.assistant, $0.endOfAssistant, $0.separator) = ("<|im_start|>assistant\n", "<|im_end|>", "\n")
            $0.stopWords = stopWords
        }
    }

    static let qwen = chatml(
        "qwen", metaInstruction: "You are a helpful assistant.", stopWords: ["<|im_end|>"])

    private static let qwen2Dot5 = qwen.renamed("qwen2d5") {
        $0.metaInstruction = SystemTexts.qwen2Dot5
        $0.toolStyle = .xmlTags
        ($0.toolPreamble, $0.toolEpilogue) = (SystemTexts.qwen2Dot5Tools, SystemTexts.qwen2Dot5ToolCalls)
        ($0.tool, $0.endOfTool) = ("<|im_start|>user", "<|im_end|>\n")
    }

    static let internlm2 = chatml(
        "internlm2", metaInstruction: SystemTexts.internlm, stopWords: ["<|im_end|>", "<|action_end|>"]
    ).renamed("internlm2") {
        ($0.tool, $0.endOfTool) = ("<|im_start|>environment\n", "<|im_end|>\n")
        $0.toolAliases = ["environment"]
        $0.toolStyle = .plugin
    }

    private static let llama2 = row("llama2") {
        ($0.system, $0.metaInstruction, $0.endOfSystem) =
            ("[INST] <<SYS>>\n", SystemTexts.llama2, "\n<</SYS>>\n\n")
        ($0.assistant, $0.endOfAssistant, $0.separator) = (" [/INST] ", "</s>", "<s>[INST] ")
    }

    private static let llama3 = row("llama3") {
        ($0.prefix, $0.metaInstruction) = ("<|begin_of_text|>", nil)
        $0.system = "<|start_header_id|>system<|end_header_id|>\n\n"
        $0.user = "<|start_header_id|>user<|end_header_id|>\n\n"
        $0.assistant = "<|start_header_id|>assistant<|end_header_id|>\n\n"
        ($0.endOfSystem, $0.endOfUser, $0.endOfAssistant) = ("<|eot_id|>", "<|eot_id|>", "<|eot_id|>")
        $0.stopWords = ["<|eot_id|>", "<|end_of_text|>"]
    }

    private static let llama3Dot1 = llama3.renamed("llama3_1") {
        $0.metaInstruction = "You are a helpful assistant."
        $0.knowledge = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
        ($0.tool, $0.endOfTool) = ("<|start_header_id|>ipython<|end_header_id|>\n\n", "<|eot_id|>")
        ($0.toolAliases, $0.endOfToolCall) = (["ipython"], "<|eom_id|>")
        $0.toolStyle = .functionTags
        ($0.toolPreamble, $0.toolEpilogue) = (SystemTexts.llama3Dot1Tools, SystemTexts.llama3Dot1ToolCalls)
        $0.stopWords = ["<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"]
    }

    private static let deepseekV3 = row("deepseek-v3") {
        $0.prefix = "<｜begin▁of▁sentence｜>"
        ($0.user, $0.assistant, $0.endOfAssistant) = ("<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>")
    }

    static let vicuna = row("vicuna") {
        ($0.metaInstruction, $0.endOfSystem) = (SystemTexts.vicuna, " ")
        ($0.user, $0.endOfUser) = ("USER: ", " ")
        ($0.assistant, $0.endOfAssistant, $0.shortensOpening) = ("ASSISTANT: ", "</s>", true)
        $0.stopWords = ["</s>"]
    }

    static let phi3 = row("phi-3") {
        ($0.system, $0.metaInstruction, $0.endOfSystem) = ("<|system|>\n", nil, "<|end|>\n")
        ($0.user, $0.endOfUser) = ("<|user|>\n", "<|end|>\n")
        ($0.assistant, $0.endOfAssistant) = ("<|assistant|>\n", "<|end|>\n")
        $0.stopWords = ["<|end|>", "<|endoftext|>", "<|assistant|>"]
    }

    private static func ultra(_ name: String) -> FieldTemplate {
        row(name) {
            ($0.system, $0.metaInstruction, $0.endOfSystem) = ("User: ", SystemTexts.ultra, "</s>\n")
            ($0.user, $0.endOfUser) = ("User: ", "</s>\n")
            ($0.assistant, $0.endOfAssistant, $0.separator) = ("Assistant: ", "</s>", "\n")
            $0.stopWords = ["</s>"]
        }
    }

    private static func mistral(_ name: String) -> FieldTemplate {
        row(name) { ($0.user, $0.endOfUser, $0.endOfAssistant) = ("[INST] ", " [/INST]", "</s>") }
    }
}

extension FieldTemplate {
    func renamed(_ name: String, _ change: (inout FieldTemplate) -> Void = { _ in })
        -> FieldTemplate
    {
        var template = self
        template.name = name
        change(&template)
        return template
    }
}
