#!/usr/bin/env python3
"""Writes Tests/TokenizationTests/Fixtures: small tokenizers and what Hugging Face does with them.

    pip install tokenizers==0.23.3 gguf==0.19.0
    python3 tools/goldens/tokenizers.py [--model SmolLM2-135M-Instruct.Q4_1.gguf]

The tokenizers are trained here, on text that is synthesised here. With --model the ids of the default
model's own vocabulary are written too (the ids only, not the vocabulary). manifest.json lists versions,
seed and the SHA-256 of every file.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import sys

# This file shares its name with the package it imports.
HERE = pathlib.Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

sys.path.append(str(HERE))
from hard_texts import TEXTS

VERSIONS = {"tokenizers": "0.23.3"}
SEED = 20
VOCABULARY_SIZE = 700
FIXTURES = HERE.parents[1] / "Tests" / "TokenizationTests" / "Fixtures"

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = CL100K % r"\p{N}{1,3}"
QWEN2 = CL100K % r"\p{N}"


def training_text():
    """Invented words with a skewed distribution, some code, numbers, and text of other scripts."""
    rng = random.Random(SEED)
    onsets = ["th", "s", "st", "br", "m", "n", "l", "k", "pr", "w", "h", "d", "r", "wh", "c", "f"]
    vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ee", "é"]
    codas = ["", "n", "r", "s", "t", "nd", "ng", "st", "ll", "re", "ve", "d", "m"]
    words = ["".join(rng.choice(part) for part in (onsets, vowels, codas)) for _ in range(400)]
    words += ["".join(rng.sample(words[:400], 2)) for _ in range(300)]
    lines = []
    for _ in range(3000):
        line = [
            words[min(int(rng.paretovariate(0.6)) - 1, len(words) - 1)] for _ in range(rng.randint(3, 12))
        ]
        line[0] = line[0].capitalize()
        for contraction in ("'s", "'t", "'ll", "'RE"):
            if rng.random() < 0.1:
                line[rng.randrange(len(line))] += contraction
        if rng.random() < 0.3:
            line.append(str(rng.randrange(10 ** rng.randint(1, 6))))
        lines.append(" ".join(line) + rng.choice([".", "!", "?", " ...", ";\n", "\r\n", ":\n\n"]))
    for _ in range(300):
        lines.append(
            "    " * rng.randint(0, 3)
            + f"{rng.choice(words)}_{rng.choice(words)} = f({rng.randrange(99)});\n"
        )
        lines.append("".join(chr(rng.choice([0x4E00, 0x3042, 0x0430]) + rng.randrange(40)) for _ in range(6)))
        lines.append("e\u0301 " + chr(0x1F600 + rng.randrange(8)) + " -- ==" + "=" * rng.randrange(6))
    return lines


def special(*contents):
    return [AddedToken(content, special=True, normalized=False) for content in contents]


def train(tokenizer, added, **trainer_options):
    trainer = BpeTrainer(
        vocab_size=VOCABULARY_SIZE, show_progress=False, special_tokens=added[:3], **trainer_options
    )
    tokenizer.train_from_iterator(training_text(), trainer)
    tokenizer.add_special_tokens([token for token in added[3:] if token.special])
    tokenizer.add_tokens([token for token in added[3:] if not token.special])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def template(tokenizer, single):
    names = [piece for piece in single.split() if not piece.startswith("$")]
    return processors.TemplateProcessing(
        single=single,
        pair=f"{single} $B",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in names],
    )


def smollm():
    """Bytes that the training text lacks have no token, as in SmolLM2."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return train(tokenizer, special("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>"))


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    train(
        tokenizer,
        special(
            "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"
        ),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    # Words no merge makes: ignore_merges has to find them whole.
    base = json.loads(tokenizer.to_str())
    for word in ("Hello", "Ġtest", "1234", "...ĊĊ"):
        base["model"]["vocab"].setdefault(word, max(base["model"]["vocab"].values()) + 1)
    first = max(base["model"]["vocab"].values()) + 1
    for offset, token in enumerate(
        token for token in base["added_tokens"] if token["content"] not in base["model"]["vocab"]
    ):
        token["id"] = first + offset
    tokenizer = Tokenizer.from_str(json.dumps(base))
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, "<|begin_of_text|> $A")]
    )
    return tokenizer


def qwen2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    plain = [
        AddedToken(content, special=False, normalized=False) for content in ("<tool_call>", "</tool_call>")
    ]
    return train(
        tokenizer,
        special("<|endoftext|>", "<|im_start|>", "<|im_end|>") + plain,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )


def flags():
    """GPT-2's pattern, and every option of added tokens, unknown bytes, prefixes and templates."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    train(
        tokenizer,
        special("<unk>", "<s>", "</s>")
        + [
            AddedToken("<mask>", special=True, normalized=False, lstrip=True),
            AddedToken("<gap>", special=False, normalized=False, rstrip=True),
            AddedToken("<both>", special=True, normalized=True, lstrip=True, rstrip=True),
            AddedToken("word", special=False, normalized=True, single_word=True),
            AddedToken("<cafe\u0301>", special=False, normalized=True),
            *(
                AddedToken(content, special=False, normalized=False)
                for content in ("<a>", "<ab>", "<abc>", "<ab")
            ),
        ],
    )
    tokenizer.post_processor = template(tokenizer, "<s> $A </s>")
    base = json.loads(tokenizer.to_str())
    base["model"]["merges"] = [" ".join(pair) for pair in base["model"]["merges"]]  # the older spelling
    return base


BUILDERS = {"smollm": smollm, "llama3": llama3, "qwen2": qwen2, "flags": flags}


def case(tokenizer, text):
    tokenizer.encode_special_tokens = True
    plain = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    full = tokenizer.encode(text, add_special_tokens=True).ids
    return {
        "text": text,
        "ids": tokenizer.encode(text, add_special_tokens=False).ids,
        "special": full,
        "plain": plain,
        "decoded": tokenizer.decode(full, skip_special_tokens=True),
        "decodedAll": tokenizer.decode(full, skip_special_tokens=False),
    }


def random_decodes(tokenizer, count):
    """Random ids: bytes that are not UTF-8 most of the time."""
    rng = random.Random(SEED)
    size = tokenizer.get_vocab_size()
    single_bytes = [tokenizer.token_to_id(c) for c in pre_tokenizers.ByteLevel.alphabet()]
    single_bytes = sorted(id for id in single_bytes if id is not None)
    cases = []
    for index in range(count):
        pool = single_bytes if index % 2 else range(size)
        ids = [rng.choice(pool) for _ in range(rng.randint(1, 24))]
        cases.append({"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    return cases


def normalization_cases():
    rng = random.Random(SEED)
    nfc, nfd = normalizers.NFC(), normalizers.NFD()
    texts = [text for text in TEXTS if nfc.normalize_str(text) != text]
    scalars = [chr(c) for c in range(0xC0, 0x30000) if not 0xD800 <= c < 0xE000]
    decomposable = [c for c in scalars if nfd.normalize_str(c) != c]
    # A combining mark changes places with U+0334 (class 1) or U+0345 (class 240), which no other does.
    marks = [c for c in scalars if nfc.normalize_str(c + "\u0334") != c + "\u0334"]
    marks += [c for c in scalars if nfc.normalize_str("\u0345" + c) != "\u0345" + c]
    for _ in range(200):
        pieces = "".join(
            rng.choice(rng.choice([decomposable, marks, scalars])) for _ in range(rng.randint(1, 8))
        )
        texts.append(rng.choice([nfc, nfd]).normalize_str(pieces) + pieces)
    return [{"text": text, "nfc": nfc.normalize_str(text)} for text in texts]


def default_model(path):
    """The default model's vocabulary under SmolLM2's pre-tokenizer."""
    import gguf

    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special(*(token for token, type in zip(tokens, types) if type == 3)))
    return tokenizer


def write(name, value, lines_of=()):
    """Compact JSON, with one line per element of the named lists so that a change is readable."""

    def compact(item):
        return json.dumps(item, ensure_ascii=True, separators=(",", ":"))

    if lines_of:
        members = []
        for key, member in value.items():
            text = "[\n" + ",\n".join(map(compact, member)) + "\n]" if key in lines_of else compact(member)
            members.append(f"{compact(key)}:{text}")
        text = "{\n" + ",\n".join(members) + "\n}\n"
    else:
        text = compact(value) + "\n"
    (FIXTURES / name).write_text(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", help="the default model's GGUF file")
    model = parser.parse_args().model
    found = {"tokenizers": tokenizers.__version__}
    if found != VERSIONS:
        sys.exit(f"found {found}, expected {VERSIONS}: pip install the pinned versions")

    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name, build in BUILDERS.items():
        built = build()
        definition = built if isinstance(built, dict) else json.loads(built.to_str())
        write(f"{name}.tokenizer.json", definition)
        tokenizer = Tokenizer.from_str(json.dumps(definition))
        golden = {
            "cases": [case(tokenizer, text) for text in TEXTS],
            "decodes": random_decodes(tokenizer, 100),
        }
        write(f"{name}.golden.json", golden, lines_of=("cases", "decodes"))
    write("normalization.json", {"cases": normalization_cases()}, lines_of=("cases",))
    if model:
        tokenizer = default_model(model)
        golden = {"cases": [case(tokenizer, text) for text in TEXTS]}
        write("smollm2-default-model.json", golden, lines_of=("cases",))

    write_manifest()


def write_manifest():
    files = sorted(path for path in FIXTURES.glob("*.json") if path.name != "manifest.json")
    manifest = {
        "generator": "tools/goldens/tokenizers.py and tokenizer_pipelines.py",
        "versions": VERSIONS,
        "seed": SEED,
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (FIXTURES / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
