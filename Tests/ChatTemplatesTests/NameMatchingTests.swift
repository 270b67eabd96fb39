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
    ])
    func theFirstMatchingRuleWins(path: String, name: String) {
        #expect(ChatTemplate.builtinName(matching: path) == name)
    }

    @Test(arguments: [
        "HuggingFaceTB/SmolLM2-135M-Instruct", "mistralai/Mistral-7B-v0.1", "internlm/internlm-chat-7b-8k",
        // A vision model is not served with the text template of a later rule.
        "liuhaotian/llava-v1.5-7b", "llava-v1.6-vicuna-7b", "OpenGVLab/InternVL2-8B-llama3-", "", "\u{0}",
    ])
    func otherPathsMatchNothing(path: String) {
        #expect(ChatTemplate.builtinName(matching: path) == nil)
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
