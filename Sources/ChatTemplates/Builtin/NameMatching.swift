/// LMDeploy's choice of a template by a model's path.
enum NameMatching {
    /// One condition on the lower-cased path. Words of `anyOf` are alternatives; an empty list asks nothing.
    private struct Rule: Sendable {
        /// The template; nil where the rule picks a vision template, which a text engine does not have.
        let name: String?
        var allOf: [String] = []
        var anyOf: [String] = []
        var noneOf: [String] = []

        func matches(_ path: String) -> Bool {
            allOf.allSatisfy { contains(path, $0) } && !noneOf.contains { contains(path, $0) }
                && (anyOf.isEmpty || anyOf.contains { contains(path, $0) })
        }

        private func contains(_ path: String, _ word: String) -> Bool {
            Text(path).firstIndex(of: Text(word)) != nil
        }
    }

    static func builtinName(matching path: String) -> String? {
        let lowercased = path.lowercased()
        return rules.first { $0.matches(lowercased) }?.name
    }

    /// In the order in which LMDeploy registers its templates: the first that matches wins.
    private static let rules: [Rule] = [
        Rule(name: "deepseek-v3", allOf: ["deepseek-v3"]),
        Rule(name: "deepseek-r1", allOf: ["deepseek-r1"]),
        Rule(name: nil, allOf: ["cogvlm"]),
        Rule(name: "vicuna", allOf: ["vicuna"], noneOf: ["llava"]),
        Rule(name: "wizardlm", allOf: ["wizardlm"]),
        Rule(name: nil, allOf: ["llava", "v1"], noneOf: ["v1.6-34b", "mistral"]),
        Rule(name: nil, allOf: ["llava-1.5"]),
        Rule(name: nil, anyOf: ["mgm-7b", "mgm-13b", "mgm-34b", "mini-gemini-7b", "mini-gemini-13b"]),
        Rule(name: "internlm", allOf: ["internlm", "chat"], noneOf: ["internlm3", "internlm2", "8k"]),
        Rule(name: "internlm2", allOf: ["internlm2"], anyOf: ["chat", "math"]),
        Rule(name: "internlm3", allOf: ["internlm3", "instruct"]),
        Rule(name: nil, anyOf: ["internvl2", "mono-internvl", "chemvlm"]),
        Rule(name: nil, allOf: ["internvl", "v1-5"]),
        Rule(name: nil, allOf: ["internlm", "xcomposer2"]),
        Rule(name: "baichuan2", allOf: ["baichuan2", "chat"]),
        Rule(name: "puyu", allOf: ["puyu"]),
        Rule(name: "llama2", anyOf: ["llama-2", "llama2"]),
        Rule(name: "llama3", anyOf: ["llama-3-", "llama3-"]),
        Rule(name: "llama3_1", anyOf: ["llama-3.1-", "llama3.1-", "llama-3.2-", "llama3.2-"]),
        Rule(name: "qwen", allOf: ["qwen"], noneOf: ["qwen2.5", "qwq"]),
        Rule(name: nil, allOf: ["minicpm-v-2_6"]),
        Rule(name: "minicpm3", allOf: ["minicpm3-"]),
        Rule(name: "qwen2d5", anyOf: ["qwen2.5", "qwen2_5"]),
        Rule(name: "qwq_preview", allOf: ["qwq", "preview"]),
        Rule(name: "qwq", allOf: ["qwq"]),
        Rule(name: "codellama", allOf: ["codellama"]),
        Rule(name: "falcon", allOf: ["falcon"]),
        Rule(name: "chatglm", allOf: ["chatglm2"]),
        Rule(name: "solar", allOf: ["solar"]),
        Rule(name: "ultracm", allOf: ["ultracm"]),
        Rule(name: "ultralm", allOf: ["ultralm"]),
        Rule(name: "yi", allOf: ["yi"], noneOf: ["vl"]),
        Rule(name: "mistral", allOf: ["mistral"], anyOf: ["instruct", "llava"]),
        Rule(name: "mixtral", allOf: ["mixtral"], anyOf: ["instruct", "llava"]),
        Rule(name: "gemma", allOf: ["gemma"]),
        Rule(name: "deepseek", allOf: ["deepseek", "chat"], noneOf: ["vl"]),
        Rule(name: nil, allOf: ["internvl-chat", "v1-1"]),
        Rule(name: nil, allOf: ["deepseek-vl", "chat"]),
        Rule(name: nil, allOf: ["deepseek-vl2"]),
        Rule(name: "deepseek-coder", allOf: ["deepseek-coder"]),
        Rule(name: nil, allOf: ["yi-vl"]),
        Rule(name: "dbrx", allOf: ["dbrx"]),
        Rule(name: nil, allOf: ["llava", "v1.6-34b"]),
        Rule(name: nil, allOf: ["internvl-chat", "v1-2"]),
        Rule(name: "phi-3", allOf: ["phi-3", "instruct"]),
        Rule(name: "chatglm3", allOf: ["chatglm3"]),
        Rule(name: "glm4", allOf: ["glm-4"]),
        Rule(name: "codegeex4", allOf: ["codegeex4"]),
        Rule(name: nil, allOf: ["mini-internvl-chat", "4b", "v1-5"]),
        Rule(name: nil, allOf: ["molmo"]),
        Rule(name: "llama4", allOf: ["llama-4"]),
    ]
}
