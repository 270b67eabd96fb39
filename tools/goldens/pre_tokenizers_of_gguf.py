r"""The names of `tokenizer.ggml.pre` and the expressions that each stands for, one after another.

Facts from llama.cpp (src/llama-vocab.cpp) and from the models' own tokenizer.json where llama.cpp says that it
approximates one.
"""

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LINES = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def cl100k(numbers):
    return SHORT + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers + "|" + LINES


def capitals(suffix, numbers, others, upper=r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", lower=r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"):
    head = r"[^\r\n\p{L}\p{N}]?"
    return f"{head}{upper}*{lower}+{suffix}|{head}{upper}+{lower}*{suffix}|{numbers}|{others}"


SLASHES = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = capitals(SHORT + "?", r"\p{N}{1,3}", SLASHES)
PUNCTUATED = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"""
)
DEEPSEEK3 = PUNCTUATED + r"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
KANA = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
CHINESE = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"
BLOOM = " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+"
HAN = r"&&[^\p{Han}]]"

CASED = (
    "\\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af"
    "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5"
    "\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-"
    "\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d"
    "\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-"
    "\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113"
    "\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149"
    "\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b"
    "\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-"
    "\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0"
    "-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943]+"
)
WIDE = "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+"

# Whose words that are tokens are taken whole, and whose tokenizers normalize.
IGNORE_MERGES = (
    "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano glm4 glm5 tekken youtu "
    "minicpm5 granite-embed-multi-97m"
).split()
NFC = (
    "modern-bert mpt olmo command-r qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 qwen35"
).split()

FAMILIES = [
    ("default", [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"]),
    ("gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum exaone4 jais trillion", [GPT2]),
    ("granite-docling modern-bert mpt olmo jina-v1-en jina-v2-code roberta-bpe", [GPT2]),
    ("smollm starcoder refact codeshell exaone minerva-7b mellum2 command-r", [r"\p{N}", GPT2]),
    ("falcon", [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"]),
    ("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", [cl100k(r"\p{N}{1,3}")]),
    ("dbrx smaug-bpe chatglm-bpe glm4 glm5", [cl100k(r"\p{N}{1,3}")]),
    ("qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2", [cl100k(r"\p{N}")]),
    ("laguna", [r"[^\n]+|[\n]+", cl100k(r"\p{N}")]),
    ("gpt-4o llama4 kanana2 talkie minimax-m2 granite-embed-multi-97m", [O200K]),
    ("tekken", [capitals("", r"\p{N}", SLASHES)]),
    ("tiny_aya cohere2moe", [r"\d{1,3}(?=(?:\d{3})*\b)", O200K]),
    (
        "kimi-k2",
        [
            r"[\p{Han}]+|"
            + capitals(
                SHORT + "?",
                r"\p{N}{1,3}",
                LINES,
                r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}" + HAN,
                r"[\p{Ll}\p{Lm}\p{Lo}\p{M}" + HAN,
            )
        ],
    ),
    (
        "qwen35",
        [
            SHORT
            + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        ],
    ),
    (
        "jais-2",
        [
            SHORT
            + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)"
            + r"|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)"
            + r"|\s{1,2}(?!\S)|\s{1}"
        ],
    ),
    ("superbpe", [r"\p{N}+", r"(?=(\d{3})+(?!\d))"]),
    (
        "bailingmoe bailingmoe2 llada-moe",
        [
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
            + r"|\s+(?!\S)|\s+"
        ],
    ),
    (
        "seed-coder",
        [SHORT + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"],
    ),
    (
        "exaone-moe",
        [
            SHORT
            + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"
            + r"|\s*[\r\n]|\s+(?!\S)|\s+"
        ],
    ),
    ("ufakzeka", [r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + LINES]),
    ("minicpm5", [r"\p{N}{1,3}", cl100k(r"\p{N}+")]),
    (
        "chameleon",
        [
            "<sentinel:[0-9]+>",
            "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
            r"([\t\n]|    |  )",
            r"\p{N}",
            r"[\p{P}!-/:-@\[-`{-~]",
            GPT2,
        ],
    ),
    ("deepseek-llm", ["[\r\n]", CASED, WIDE, r"\s+$", CHINESE, r"\p{N}+"]),
    ("deepseek-coder", ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", CHINESE, r"\p{N}"]),
    ("deepseek-v3 hunyuan-dense joyai-llm hy_v4", [r"\p{N}{1,3}", KANA, DEEPSEEK3]),
    ("spark2_5", [r"\p{N}{1,3}", KANA, PUNCTUATED + r"|[\r\n]|\s+(?!\S)|\s+", r"\p{N}"]),
    (
        "youtu",
        [
            "[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c"
            "\u3001-\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            capitals(SHORT + "?", r"\p{N}", SLASHES),
        ],
    ),
    ("poro-chat bloom gpt3-finnish", [BLOOM]),
    ("viking", [BLOOM, r"\p{N}"]),
    (
        "afmoe",
        [
            r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
            "[\u4e00-\u9fff\u3400-\u4dbf\u8c48-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf"
            "\u0e40-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af"
            "\u1100-\u11ff]+",
            DEEPSEEK3,
        ],
    ),
]
