/// Templates of models that also see, for conversations of text.
extension BuiltinTemplates {
    static let visionTemplates: [FieldTemplate] = [
        cogvlm,
        cogvlm.renamed("cogvlm2") {
            ($0.endOfAssistant, $0.stopWords) = ("<|end_of_text|>", ["<|end_of_text|>"])
        },
        vicuna.renamed("llava-v1") { $0.metaInstruction = SystemTexts.llava },
        vicuna.renamed("mini-gemini-vicuna"),
        chatmlDirect("llava-chatml"), chatmlDirect("internvl-zh-hermes2"),
        internlm2.renamed("internvl-internlm2") { $0.metaInstruction = SystemTexts.internvl },
        internlm2.renamed("internvl2-internlm2") {
            $0.metaInstruction = SystemTexts.internvl2
            ($0.endOfSystem, $0.endOfUser, $0.separator) = ("<|im_end|>", "<|im_end|>", "")
            $0.stopWords = ["<|im_start|>", "<|im_end|>"]
        },
        internlm2.renamed("internvl2_5") { $0.metaInstruction = SystemTexts.internvl2Dot5 },
        phi3.renamed("internvl2-phi3") { $0.metaInstruction = SystemTexts.internvl2 },
        phi3.renamed("internvl-phi3") {
            $0.metaInstruction = "You are an AI assistant whose name is Phi-3."
            ($0.endOfSystem, $0.endOfUser, $0.endOfAssistant) = ("<|end|>", "<|end|>", "<|end|>")
        },
        xcomposer("internlm-xcomposer2"), xcomposer("internlm-xcomposer2d5"),
        qwen.renamed("minicpmv-2d6"),
        row("internvl-zh") {
            ($0.user, $0.endOfUser) = ("<human>: ", " ")
            ($0.assistant, $0.endOfAssistant, $0.shortensOpening) = ("<bot>: ", "</s>", true)
        },
        row("deepseek-vl") {
            ($0.metaInstruction, $0.endOfSystem) = (SystemTexts.deepseekVL, "\n\n")
            ($0.user, $0.endOfUser) = ("User: ", "\n\n")
            ($0.assistant, $0.endOfAssistant) = ("Assistant: ", "<｜end▁of▁sentence｜>")
            $0.shortensOpening = true
        },
        row("deepseek-vl2") {
            ($0.user, $0.endOfUser) = ("<|User|>: ", "\n\n")
            ($0.assistant, $0.endOfAssistant) = ("<|Assistant|>: ", "<｜end▁of▁sentence｜>")
            $0.shortensOpening = true
        },
        row("yi-vl") {
            $0.metaInstruction = SystemTexts.yiVL
            ($0.user, $0.endOfUser) = ("### Human: ", "\n")
            ($0.assistant, $0.endOfAssistant, $0.stopWords) = ("### Assistant:", "\n", ["###"])
        },
        row("molmo") {
            ($0.user, $0.assistant, $0.separator) = (" User: ", " Assistant:", " ")
            $0.stopWords = ["<|endoftext|>"]
        },
    ]

    private static let cogvlm = row("cogvlm") {
        ($0.user, $0.endOfUser, $0.separator) = ("Question: ", " ", "\n")
        ($0.assistant, $0.endOfAssistant, $0.stopWords) = ("Answer:", "</s>", ["</s>"])
    }

    private static func chatmlDirect(_ name: String) -> FieldTemplate {
        row(name) {
            ($0.system, $0.endOfSystem) = ("<|im_start|>system\n", "<|im_end|>")
            $0.metaInstruction = "Answer the questions."
            ($0.user, $0.endOfUser) = ("<|im_start|>user\n", "<|im_end|>")
            ($0.assistant, $0.endOfAssistant) = ("<|im_start|>assistant\n", "<|im_end|>")
        }
    }

    private static func xcomposer(_ name: String) -> FieldTemplate {
        let end = "[UNUSED_TOKEN_145]"
        return row(name) {
            ($0.system, $0.endOfSystem) = ("[UNUSED_TOKEN_146]system\n", end + "\n")
            $0.metaInstruction = SystemTexts.xcomposer
            ($0.user, $0.endOfUser) = ("[UNUSED_TOKEN_146]user\n", end + "\n")
            ($0.assistant, $0.endOfAssistant) = ("[UNUSED_TOKEN_146]assistant\n", end + "\n")
            ($0.separator, $0.stopWords) = ("\n", [end])
        }
    }
}
