/// LMDeploy's choice of a template by a model's path, since 0.2.6.
enum NameMatching {
    /// A template and the words of the path that called for it.
    struct Match: Sendable, Equatable {
        let name: String
        let words: [String]
    }

    /// One condition on the lower-cased path. Words of `anyOf` are alternatives; an empty list asks nothing.
    private struct Rule: Sendable {
        let name: String
        var allOf: [String] = []
        var anyOf: [String] = []
        var noneOf: [String] = []

        /// The words that the path has; nil when the rule does not match.
        func match(_ path: Text) -> [String]? {
            func contains(_ word: String) -> Bool { path.firstIndex(of: Text(word)) != nil }
            guard allOf.allSatisfy(contains), !noneOf.contains(where: contains) else { return nil }
            guard !anyOf.isEmpty else { return allOf }
            return anyOf.first(where: contains).map { allOf + [$0] }
        }
    }

    static func match(_ path: String) -> Match? {
        let lowercased = Text(path).lowercased()
        for rule in rules {
            if let words = rule.match(lowercased) { return Match(name: rule.name, words: words) }
        }
        return nil
    }

    /// In the order in which LMDeploy registers its templates: the first that matches wins.
    private static let rules: [Rule] = [
        Rule(name: "deepseek-v3", allOf: ["deepseek-v3"]),
        Rule(name: "deepseek-r1", allOf: ["deepseek-r1"]),
        Rule(name: "cogvlm", allOf: ["cogvlm"], noneOf: ["cogvlm2"]),
        Rule(name: "cogvlm2", allOf: ["cogvlm2"]),
        Rule(name: "vicuna", allOf: ["vicuna"], noneOf: ["llava"]),
        Rule(name: "wizardlm", allOf: ["wizardlm"]),
        Rule(name: "llava-v1", allOf: ["llava", "v1"], noneOf: ["v1.6-34b", "mistral"]),
        Rule(name: "llava-v1", allOf: ["llava-1.5"]),
        Rule(
            name: "mini-gemini-vicuna",
            anyOf: ["mgm-7b", "mgm-13b", "mgm-34b", "mini-gemini-7b", "mini-gemini-13b"]),
        Rule(name: "internlm", allOf: ["internlm", "chat"], noneOf: ["internlm3", "internlm2", "8k"]),
        Rule(name: "internlm2", allOf: ["internlm2"], anyOf: ["chat", "math"]),
        Rule(name: "internlm3", allOf: ["internlm3", "instruct"]),
        // "mini" and "4b" together end the search in this class, also for chemvlm.
        Rule(name: "internvl-internlm2", allOf: ["internvl", "v1-5"], noneOf: ["mini"]),
        Rule(name: "internvl-internlm2", allOf: ["internvl", "v1-5", "mini"], noneOf: ["4b"]),
        Rule(name: "internvl-internlm2", allOf: ["chemvlm"], noneOf: ["internvl"]),
        Rule(name: "internvl-internlm2", allOf: ["chemvlm", "internvl"], noneOf: ["v1-5"]),
        Rule(
            name: "internvl2-internlm2", allOf: ["internvl2"],
            noneOf: ["internvl2-4b", "internvl2.5", "internvl2_5"]),
        Rule(name: "internvl2-internlm2", allOf: ["mono-internvl"], noneOf: ["internvl2.5", "internvl2_5"]),
        Rule(name: "internvl2_5", anyOf: ["internvl2.5", "internvl2_5"]),
        Rule(name: "internlm-xcomposer2d5", allOf: ["internlm", "xcomposer2", "2d5"]),
        Rule(name: "internlm-xcomposer2", allOf: ["internlm", "xcomposer2"]),
        Rule(name: "baichuan2", allOf: ["baichuan2", "chat"]),
        Rule(name: "puyu", allOf: ["puyu"]),
        Rule(name: "llama2", anyOf: ["llama-2", "llama2"]),
        Rule(name: "llama3", anyOf: ["llama-3-", "llama3-"], noneOf: ["internvl2"]),
        Rule(name: "llama3_1", anyOf: ["llama-3.1-", "llama3.1-", "llama-3.2-", "llama3.2-"]),
        Rule(name: "qwen", allOf: ["qwen"], noneOf: ["qwen2.5", "qwq"]),
        Rule(name: "minicpmv-2d6", allOf: ["minicpm-v-2_6"]),
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
        Rule(name: "internvl-zh", allOf: ["internvl-chat", "v1-1"]),
        Rule(name: "deepseek-vl", allOf: ["deepseek-vl", "chat"]),
        Rule(name: "deepseek-vl2", allOf: ["deepseek-vl2"]),
        Rule(name: "deepseek-coder", allOf: ["deepseek-coder"]),
        Rule(name: "yi-vl", allOf: ["yi-vl"]),
        Rule(name: "dbrx", allOf: ["dbrx"]),
        Rule(name: "llava-chatml", allOf: ["llava", "v1.6-34b"]),
        Rule(name: "internvl-zh-hermes2", allOf: ["internvl-chat", "v1-2"]),
        Rule(name: "phi-3", allOf: ["phi-3", "instruct"]),
        Rule(name: "internvl2-phi3", allOf: ["internvl2-4b"]),
        Rule(name: "chatglm3", allOf: ["chatglm3"]),
        Rule(name: "glm4", allOf: ["glm-4"]),
        Rule(name: "codegeex4", allOf: ["codegeex4"]),
        Rule(name: "internvl-phi3", allOf: ["mini-internvl-chat", "4b", "v1-5"]),
        Rule(name: "molmo", allOf: ["molmo"]),
        Rule(name: "llama4", allOf: ["llama-4"]),
    ]
}
