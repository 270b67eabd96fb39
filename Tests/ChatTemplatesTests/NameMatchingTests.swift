import ChatTemplates
import Testing

struct NameMatchingTests {
    @Test(arguments: [
        ("internlm/internlm-chat-7b", "internlm"), ("internlm/internlm2-chat-7b", "internlm2"),
        ("internlm/internlm2-math-7b", "internlm2"), ("internlm/internlm3-8b-instruct", "internlm3"),
        ("/models/Meta-Llama-3-8B-Instruct", "llama3"), ("meta-llama/Llama-3.1-8B-Instruct", "llama3_1"),
        ("meta-llama/Llama-3.2-1B-Instruct", "llama3_1"), ("Llama-2-7b-chat-hf", "llama2"),
        ("meta-llama/Llama-4-Scout-17B", "llama4"), ("Qwen/Qwen2-7B-Instruct", "qwen"),
        ("Qwen/Qwen2.5-0.5B-Instruct", "qwen2d5"), ("Qwen/QwQ-32B-Preview", "qwq_preview"),
        ("Qwen/QwQ-32B", "qwq"),
        ("lmsys/vicuna-7b-v1.5", "vicuna"), ("01-ai/Yi-34B-Chat", "yi"), ("/models/yifan/phi-2", "yi"),
        ("mistralai/Mistral-7B-Instruct-v0.2", "mistral"), ("Mixtral-8x7B-Instruct-v0.1", "mixtral"),
        ("google/gemma-2b-it", "gemma"), ("microsoft/Phi-3-mini-4k-instruct", "phi-3"),
        ("baichuan-inc/Baichuan2-7B-Chat", "baichuan2"), ("THUDM/chatglm2-6b", "chatglm"),
        ("THUDM/chatglm3-6b", "chatglm3"), ("THUDM/glm-4-9b-chat", "glm4"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1"),
        ("deepseek-ai/deepseek-coder-6.7b-instruct", "deepseek-coder"),
        ("deepseek-ai/deepseek-llm-7b-chat", "deepseek"), ("codellama/CodeLlama-7b-hf", "codellama"),
        ("openbmb/MiniCPM3-4B", "minicpm3"), ("DBRX-instruct", "dbrx"),
        // A vision model is not served with the text template of a later rule.
        ("liuhaotian/llava-v1.5-7b", "llava-v1"), ("llava-v1.6-vicuna-7b", "llava-v1"),
        ("liuhaotian/llava-v1.6-34b", "llava-chatml"),
        ("OpenGVLab/InternVL2-8B-llama3-", "internvl2-internlm2"),
        ("OpenGVLab/InternVL2_5-8B", "internvl2_5"),
        ("OpenGVLab/Mini-InternVL-Chat-4B-V1-5", "internvl-phi3"),
        ("OpenGVLab/InternVL-Chat-V1-5", "internvl-internlm2"), ("THUDM/cogvlm2-llama3-chat-19B", "cogvlm2"),
        ("internlm/internlm-xcomposer2d5-7b", "internlm-xcomposer2d5"), ("allenai/Molmo-7B-D", "molmo"),
        ("deepseek-ai/deepseek-vl2-tiny", "deepseek-vl2"), ("01-ai/Yi-VL-6B", "yi-vl"),
    ])
    func theFirstMatchingRuleWins(path: String, name: String) {
        #expect(ChatTemplate.builtinName(matching: path) == name)
    }

    @Test(arguments: [
        "HuggingFaceTB/SmolLM2-135M-Instruct", "mistralai/Mistral-7B-v0.1", "internlm/internlm-chat-7b-8k",
        "", "\u{0}",
    ])
    func otherPathsMatchNothing(path: String) {
        #expect(ChatTemplate.builtinName(matching: path) == nil)
    }

    /// Up to 0.2.5, the registered name most like the path's last component.
    @Test(arguments: [
        ("internlm/internlm2-chat-7b", "internlm2-chat-7b"),
        ("/models/internlm-chat-20b/", "internlm-chat-20b"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama-2"), ("lmsys/vicuna-7b-v1.5", "vicuna"),
        ("Qwen/Qwen-7B-Chat", "qwen-7b"), ("THUDM/chatglm2-6b", "chatglm2-6b"),
        ("upstage/SOLAR-0-70b", "solar"),
        ("/cache/models--01-ai--Yi-34B-Chat/snapshots/abc", "yi-34b"), ("qwen-72b", "qwen-7b"),
    ])
    func theEarlierRuleTakesTheMostSimilarName(path: String, name: String) {
        #expect(ChatTemplate.earlierBuiltinName(matching: path) == name)
    }

    @Test(arguments: ["zzz", "", "///", "\u{0}\u{0}", String(repeating: "x", count: 100_000)])
    func theEarlierRuleFindsNothingInOtherNames(path: String) {
        #expect(ChatTemplate.earlierBuiltinName(matching: path) == nil)
    }

    @Test func everyMatchIsABuiltinName() {
        for name in ChatTemplate.builtinNames {
            guard let match = ChatTemplate.builtinName(matching: "org/\(name)-chat-instruct") else {
                continue
            }
            #expect(ChatTemplate.builtinNames.contains(match))
        }
    }
}
