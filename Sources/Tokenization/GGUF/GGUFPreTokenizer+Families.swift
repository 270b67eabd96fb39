extension GGUFPreTokenizer {
    struct Family: Sendable {
        let names: [String]
        let settings: GGUFPreTokenizer

        init(_ names: String, _ settings: GGUFPreTokenizer) {
            self.names = names.split(separator: " ").map(String.init)
            self.settings = settings
        }
    }

    private static func isolating(_ expressions: String...) -> [Step] {
        expressions.map { .expression($0) }
    }

    private static let asciiPunctuation = #"[\p{P}\$\+<=>\^~\|]+"#

    /// Names with the same settings, as they stand in GGUF files.
    static let families = byteLevelFamilies + wordFamilies + scriptFamilies + plainFamilies

    /// GPT-2's expression, and cl100k's.
    private static let byteLevelFamilies: [Family] = [
        Family(
            "default",
            GGUFPreTokenizer(
                isolating(asciiPunctuation) + [.gpt2] + isolating(#"\p{N}+"#, "[0-9][0-9][0-9]"))),
        Family(
            "gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum exaone4 jais trillion"
                + " granite-docling",
            GGUFPreTokenizer([.gpt2])),
        Family("modern-bert mpt olmo", GGUFPreTokenizer([.gpt2], normalizes: true)),
        Family("jina-v1-en jina-v2-code roberta-bpe", GGUFPreTokenizer([.gpt2], addsSeparator: true)),
        Family(
            "smollm starcoder refact codeshell exaone minerva-7b mellum2",
            GGUFPreTokenizer([.individualDigits, .gpt2])),
        Family("command-r", GGUFPreTokenizer([.individualDigits, .gpt2], normalizes: true)),
        Family(
            "falcon",
            GGUFPreTokenizer(
                isolating(#"[\p{P}\$\+<=>\^~\|`]+"#) + [.gpt2] + isolating("[0-9][0-9][0-9]"))),
        Family(
            "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
            GGUFPreTokenizer([.cl100k(maximumDigits: 3)], ignoresMerges: true, addsBOS: true)),
        Family("dbrx smaug-bpe chatglm-bpe", GGUFPreTokenizer([.cl100k(maximumDigits: 3)])),
        Family("glm4 glm5", GGUFPreTokenizer([.cl100k(maximumDigits: 3)], ignoresMerges: true)),
        Family(
            "qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2",
            GGUFPreTokenizer([.cl100k(maximumDigits: 1)], normalizes: true)),
        Family("hunyuan solar-open grok-2", GGUFPreTokenizer([.cl100k(maximumDigits: 1)])),
        Family(
            "laguna", GGUFPreTokenizer(isolating(#"[^\n]+|[\n]+"#) + [.cl100k(maximumDigits: 1)])),
    ]

    /// Expressions of their own.
    private static let wordFamilies: [Family] = [
        Family(
            "gpt-4o llama4 kanana2 talkie minimax-m2", GGUFPreTokenizer(isolating(KnownExpressions.o200k))),
        Family(
            "granite-embed-multi-97m",
            GGUFPreTokenizer(isolating(KnownExpressions.o200k), ignoresMerges: true)),
        Family(
            "tekken",
            GGUFPreTokenizer(isolating(KnownExpressions.tekken), ignoresMerges: true, addsBOS: true)),
        Family(
            "tiny_aya cohere2moe",
            GGUFPreTokenizer(isolating(#"\d{1,3}(?=(?:\d{3})*\b)"#, KnownExpressions.o200k))),
        Family("kimi-k2", GGUFPreTokenizer(isolating(KnownExpressions.kimi))),
        Family("qwen35", GGUFPreTokenizer(isolating(KnownExpressions.qwen35), normalizes: true)),
        Family("jais-2", GGUFPreTokenizer(isolating(KnownExpressions.jais2))),
        Family("superbpe", GGUFPreTokenizer(isolating(#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#))),
        Family("bailingmoe bailingmoe2 llada-moe", GGUFPreTokenizer(isolating(KnownExpressions.bailing))),
        Family("seed-coder", GGUFPreTokenizer(isolating(KnownExpressions.seedCoder))),
        Family("exaone-moe", GGUFPreTokenizer(isolating(KnownExpressions.exaoneMixture))),
        Family("ufakzeka", GGUFPreTokenizer(isolating(KnownExpressions.plainWords))),
        Family(
            "minicpm5",
            GGUFPreTokenizer(isolating(#"\p{N}{1,3}"#, KnownExpressions.minicpm5), ignoresMerges: true)),
        Family(
            "chameleon",
            GGUFPreTokenizer(
                isolating(
                    "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )",
                    #"\p{N}"#, #"[\p{P}!-/:-@\[-`{-~]"#) + [.gpt2], addsBOS: true)),
    ]

    /// Scripts apart from each other.
    private static let scriptFamilies: [Family] = [
        Family(
            "deepseek-llm",
            GGUFPreTokenizer(
                isolating(
                    "[\r\n]", KnownExpressions.casedWords, KnownExpressions.fullWidthPunctuation, #"\s+$"#,
                    KnownExpressions.chinese, #"\p{N}+"#))),
        Family(
            "deepseek-coder",
            GGUFPreTokenizer(
                isolating("[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, KnownExpressions.chinese, #"\p{N}"#))),
        Family(
            "deepseek-v3 hunyuan-dense joyai-llm hy_v4",
            GGUFPreTokenizer(
                isolating(#"\p{N}{1,3}"#, KnownExpressions.chineseAndKana, KnownExpressions.deepSeek3))),
        Family(
            "spark2_5",
            GGUFPreTokenizer(
                isolating(
                    #"\p{N}{1,3}"#, KnownExpressions.chineseAndKana, KnownExpressions.spark, #"\p{N}"#))),
        Family(
            "youtu",
            GGUFPreTokenizer(
                isolating(KnownExpressions.youtuScripts, KnownExpressions.youtu), ignoresMerges: true)),
        Family("poro-chat bloom gpt3-finnish", GGUFPreTokenizer(isolating(KnownExpressions.bloom))),
        Family("viking", GGUFPreTokenizer(isolating(KnownExpressions.bloom, #"\p{N}"#))),
        Family(
            "afmoe",
            GGUFPreTokenizer(
                isolating(
                    KnownExpressions.digitsFromRight, KnownExpressions.asianScripts,
                    KnownExpressions.deepSeek3))),
    ]

    /// No byte alphabet.
    private static let plainFamilies: [Family] = [
        Family(
            "gemma4 granite-embed-multi-311m sarvam-moe",
            GGUFPreTokenizer(isolating(#"[^\n]+|[\n]+"#), spelling: .visibleSpaces)),
        Family("whitespace", GGUFPreTokenizer(isolating(#"\S+"#), spelling: .plain)),
    ]
}
