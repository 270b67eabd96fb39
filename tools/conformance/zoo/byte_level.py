"""BPE over bytes: GPT-2 and everything after it."""

import base64
import json
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

from .common import Entry, merges_of_words, most_common, plain, save, special, template, training_lines

VOCABULARY_SIZE = 1500

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = CL100K % r"\p{N}{1,3}"
QWEN2 = CL100K % r"\p{N}"

UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*|\p{{N}}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTION}|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTION}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_V3 = (
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)
# Letters with a case. Escaped: an editor that normalises would make other letters of some.
DEEPSEEK_LETTERS = (
    "\\s?["
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-"
    "\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-"
    "\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf"
    "\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-"
    "\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc"
    "\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115"
    "\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e"
    "\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-"
    "\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-"
    "\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943"
    "]+"
)


def byte_level(pattern: str | None = None, **options):
    """Split by `pattern`, or GPT-2's own, and go over to the byte alphabet."""
    options = {"add_prefix_space": False, **options}
    if pattern is None:
        return pre_tokenizers.ByteLevel(**options)
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(use_regex=False, **options)]
    )


def train(pre_tokenizer, added, *, normalizer=None, all_bytes=True, model=None, **trainer_options) -> Tokenizer:
    """BPE on our text. The first two added tokens take the first ids, the rest come behind the words."""
    tokenizer = Tokenizer(model or models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet()) if all_bytes else []
    trainer = BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        show_progress=False,
        special_tokens=added[:2],
        initial_alphabet=alphabet,
        **trainer_options,
    )
    tokenizer.train_from_iterator(training_lines(), trainer)
    for token in added[2:]:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def gpt2() -> Tokenizer:
    tokenizer = train(byte_level(), special("<|endoftext|>"))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def roberta() -> Tokenizer:
    added = special("<s>", "<pad>", "</s>", "<unk>") + special("<mask>", lstrip=True)
    tokenizer = train(byte_level(add_prefix_space=True), added, model=models.BPE(unk_token="<unk>"))
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")), add_prefix_space=True
    )
    return tokenizer


def smollm() -> Tokenizer:
    """Bytes that the training text lacks have no token, as in SmolLM2."""
    pre = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()])
    return train(pre, special("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>"), all_bytes=False)


def starcoder() -> Tokenizer:
    pre = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()])
    names = ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<filename>"]
    return train(pre, special(*names))


def falcon() -> Tokenizer:
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Punctuation("contiguous"),
            byte_level(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated"),
        ]
    )
    return train(pre, special(">>TITLE<<", ">>ABSTRACT<<", ">>INTRODUCTION<<", "<|endoftext|>"))


def with_words(tokenizer: Tokenizer, words: list[str]) -> Tokenizer:
    """Adds words that no merge makes, which `ignore_merges` has to find whole."""
    base = json.loads(tokenizer.to_str())
    vocabulary = base["model"]["vocab"]
    for word in words:
        vocabulary.setdefault(word, max(vocabulary.values()) + 1)
    following = max(vocabulary.values()) + 1
    for token in base["added_tokens"]:
        if token["content"] not in vocabulary:
            token["id"] = following
            following += 1
    return Tokenizer.from_str(json.dumps(base))


def llama3() -> Tokenizer:
    names = ["begin_of_text", "end_of_text", "start_header_id", "end_header_id", "eot_id"]
    names += [f"reserved_special_token_{index}" for index in range(8)]
    tokenizer = train(
        byte_level(LLAMA3), special(*(f"<|{name}|>" for name in names)), model=models.BPE(ignore_merges=True)
    )
    tokenizer = with_words(tokenizer, ["Hello", "Ġtest", "1234", "...ĊĊ", "Ġconformance"])
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, "<|begin_of_text|> $A")]
    )
    return tokenizer


def qwen(names: list[str], others: list[str]) -> Tokenizer:
    tokenizer = train(byte_level(QWEN2), special(*names) + plain(*others), normalizer=normalizers.NFC())
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def qwen2() -> Tokenizer:
    return qwen(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], [])


def qwen3() -> Tokenizer:
    names = ["endoftext", "im_start", "im_end", "object_ref_start", "vision_start", "vision_pad", "image_pad"]
    others = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    others += ["<tool_response>", "</tool_response>", "<think>", "</think>"]
    return qwen([f"<|{name}|>" for name in names], others)


def mistral_nemo() -> Tokenizer:
    names = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[TOOL_CALLS]", "<pad>", "[PREFIX]"]
    tokenizer = train(byte_level(TEKKEN), special(*names), model=models.BPE(ignore_merges=True))
    tokenizer.post_processor = template(tokenizer, "<s> $A")
    return tokenizer


def o200k() -> Tokenizer:
    names = ["startoftext", "endoftext", "return", "constrain", "channel", "start", "end", "message", "call"]
    return train(byte_level(O200K), special(*(f"<|{name}|>" for name in names)))


def glm4() -> Tokenizer:
    names = ["<|endoftext|>", "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>", "<|system|>", "<|user|>"]
    names += ["<|assistant|>", "<|observation|>"]
    tokenizer = train(byte_level(LLAMA3), special(*names) + plain("<think>", "</think>"))
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, "[gMASK] <sop> $A")]
    )
    return tokenizer


def deepseek_v3() -> Tokenizer:
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}"), "isolated"),
            pre_tokenizers.Split(Regex("[一-龥぀-ゟ゠-ヿ]+"), "isolated"),
            pre_tokenizers.Split(Regex(DEEPSEEK_V3), "isolated"),
            byte_level(use_regex=False),
        ]
    )
    added = special("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>")
    added += plain("<｜User｜>", "<｜Assistant｜>", "<think>", "</think>", "<|EOT|>", "<｜fim▁hole｜>")
    tokenizer = train(pre, added, normalizer=normalizers.Sequence([]))
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, "<｜begin▁of▁sentence｜> $A")]
    )
    return tokenizer


def deepseek_llm() -> Tokenizer:
    splits = ["[\r\n]", DEEPSEEK_LETTERS, "\\s?[!-/:-~！-／：-～‘-‟　-。]+", "\\s+$", "[一-龥ࠀ-一가-퟿]+"]
    pre = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in splits]
        + [pre_tokenizers.Digits(individual_digits=True), byte_level(use_regex=False)]
    )
    added = special("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>")
    tokenizer = train(pre, added, normalizer=normalizers.Sequence([]))
    tokenizer.post_processor = template(tokenizer, "<｜begin▁of▁sentence｜> $A")
    return tokenizer


def clip() -> Tokenizer:
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    pre = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "removed", invert=True), pre_tokenizers.ByteLevel(False)]
    )
    words = Counter(word for line in training_lines()[::4] for word, _ in pre.pre_tokenize_str(line.lower()))
    merges = merges_of_words(most_common(words, 700), 500, suffix="</w>")
    alphabet = list(byte_alphabet())
    tokens = ["<|startoftext|>", "<|endoftext|>", *alphabet, *(f"{letter}</w>" for letter in alphabet)]
    tokens += ["".join(pair) for pair in merges]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary, merges, unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>"
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special("<|startoftext|>", "<|endoftext|>"))
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False
    )
    return tokenizer


FAMILIES = {
    "clip": clip, "deepseek-llm": deepseek_llm, "deepseek-v3": deepseek_v3, "falcon": falcon, "glm-4": glm4, "gpt-2": gpt2,
    "llama-3": llama3, "mistral-nemo": mistral_nemo, "o200k": o200k, "qwen2": qwen2, "qwen3": qwen3, "roberta": roberta,
    "smollm": smollm, "starcoder": starcoder,
}  # fmt: skip


def qwen1(folder: Path) -> Entry:
    """A file of `base64(bytes) rank`: the bytes first, then the merges in order."""
    definition = json.loads(train(byte_level(QWEN2), special("<|endoftext|>")).to_str())
    alphabet = byte_alphabet()
    merged = ["".join(pair) for pair in definition["model"]["merges"]]
    tokens = [bytes([byte]) for byte in alphabet.values()]
    tokens += [bytes(alphabet[character] for character in token) for token in merged]
    path = folder / "qwen1" / "qwen.tiktoken"
    path.parent.mkdir(parents=True)
    lines = (f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(dict.fromkeys(tokens)))
    path.write_text("".join(lines))
    return Entry(
        name="qwen1",
        path=str(path),
        reference="Tiktoken",
        arguments={"path": str(path), "pattern": QWEN2},
        specials=["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_0|>", "<|extra_204|>"],
    )


def byte_alphabet() -> dict[str, int]:
    """GPT-2's character for each byte: printable ones stand for themselves, the rest follows at U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    alphabet.update({chr(0x100 + index): byte for index, byte in enumerate(others)})
    return alphabet


def build(folder: Path) -> list[Entry]:
    return [save(family(), folder, name) for name, family in FAMILIES.items()] + [qwen1(folder)]
