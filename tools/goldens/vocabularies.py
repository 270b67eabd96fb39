#!/usr/bin/env python3
"""Writes Tests/TokenizationTests/Fixtures/vocabularies: small vocabularies in every form but tokenizer.json,
and what the reference implementations do with them.

    pip install sentencepiece==0.2.3 tiktoken==0.14.0 tokenizers==0.23.3
    python3 tools/goldens/vocabularies.py

All vocabularies are trained here, on text that is synthesised here.
"""

import base64
import hashlib
import importlib.metadata
import io
import json
import os
import pathlib
import random
import sys
import unicodedata

# A file in this folder has the name of a package that is imported here.
HERE = pathlib.Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import sentencepiece
import tiktoken
from sentencepiece import sentencepiece_model_pb2 as protobuf
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

sys.path.append(str(HERE))
from hard_texts import TEXTS as ALL_TEXTS
from pre_tokenizers_of_gguf import FAMILIES, IGNORE_MERGES, NFC

VERSIONS = {"sentencepiece": "0.2.3", "tiktoken": "0.14.0", "tokenizers": "0.23.3"}
SEED = 31
FOLDER = HERE.parents[1] / "Tests" / "TokenizationTests" / "Fixtures" / "vocabularies"

# sentencepiece takes a zero byte for the end of a text.
TEXTS = [text for text in ALL_TEXTS if "\0" not in text and len(text) < 200]
SPECIAL_TEXTS = ["<s>in the text</s>", "a<sep>b <sep> c", "there<sep>other", "<unk> known", "<0x41>B"]
WORDS = (
    "the then there other mother this thistle hello world tokenizer running runner it's don't we'll 12 345 "
    "x=y; f(x) héllo naïve 漢字 かな カナ привет ﬁne ｗｉｄｅ"
).split()
# A table of replacements like NFKC's, but small.
RULES = {"ﬁ": "fi", "ﬀ": "ff", "\u3000": " ", "\u00a0": " ", "\t": " ", "\u200b": "", "…": "...", "e\u0301": "é"}
RULES |= {chr(0xFF21 + i): chr(0x41 + i) for i in range(26)} | {chr(0xFF41 + i): chr(0x61 + i) for i in range(26)}


def corpus():
    rng = random.Random(SEED)
    lines = [" ".join(rng.choice(WORDS) for _ in range(rng.randint(2, 12))) for _ in range(3000)]
    # Not all of them, so that some of what they hold is unknown.
    return lines + TEXTS[:60]


def write(name, contents):
    if isinstance(contents, bytes):
        (FOLDER / name).write_bytes(contents)
    else:
        (FOLDER / name).write_text(contents)


def write_cases(name, value):
    """Compact JSON, with one line for each case."""
    members = []
    for key, member in value.items():
        text = json.dumps(member, ensure_ascii=True, separators=(",", ":"))
        if isinstance(member, list) and member and isinstance(member[0], dict):
            parts = [json.dumps(item, ensure_ascii=True, separators=(",", ":")) for item in member]
            text = "[\n" + ",\n".join(parts) + "\n]"
        members.append(f"{json.dumps(key)}:{text}")
    write(name, "{\n" + ",\n".join(members) + "\n}\n")


# MARK: SentencePiece


def train_sentencepiece(model_type, unused=0.0, **options):
    rules = FOLDER / "rules.tsv"
    rules.write_text(
        "".join(
            " ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n"
            for source, target in RULES.items()
        )
    )
    if options.pop("has_rules", False):
        options["normalization_rule_tsv"] = str(rules)
    else:
        options["normalization_rule_name"] = "identity"
    output = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=output, model_type=model_type,
        hard_vocab_limit=False, minloglevel=2, num_threads=1, **options,
    )
    rules.unlink()
    model = protobuf.ModelProto()
    model.ParseFromString(output.getvalue())
    rng = random.Random(SEED)
    for piece in model.pieces:
        if piece.type == 1 and len(piece.piece) > 2 and rng.random() < unused:
            piece.type = 5
    # What training was asked for is of no use, and names a file of this machine.
    model.trainer_spec.ClearField("input")
    model.normalizer_spec.ClearField("normalization_rule_tsv")
    return model.SerializeToString()


SENTENCEPIECE = {
    "llama": dict(model_type="bpe", vocab_size=700, byte_fallback=True, remove_extra_whitespaces=False),
    "pairs": dict(
        model_type="bpe", vocab_size=500, has_rules=True, unused=0.2, user_defined_symbols=["<sep>", "ther"]
    ),
    "unigram": dict(
        model_type="unigram", vocab_size=400, has_rules=True, unused=0.1,
        user_defined_symbols=["<sep>", "ther"], control_symbols=["<ctl>"],
    ),
    "suffix": dict(
        model_type="unigram", vocab_size=600, byte_fallback=True, treat_whitespace_as_suffix=True,
        add_dummy_prefix=True, split_digits=True,
    ),
}


def sentencepiece_golden(blob):
    processor = sentencepiece.SentencePieceProcessor(model_proto=blob)
    rng = random.Random(SEED)
    texts = TEXTS + SPECIAL_TEXTS
    texts += ["".join(rng.choice(WORDS + [" ", "  ", "\n", "<sep>", "?"]) for _ in range(12)) for _ in range(40)]
    cases = [{"text": text, "ids": processor.encode(text)} for text in texts]
    for case in cases:
        case["decoded"] = processor.decode(case["ids"])
    decodes = [
        [rng.randrange(processor.vocab_size()) for _ in range(rng.randint(1, 10))] for _ in range(60)
    ]
    return {"cases": cases, "decodes": [{"ids": ids, "decoded": processor.decode(ids)} for ids in decodes]}


def gguf_of_sentencepiece(blob):
    """The fields that a converter writes."""
    model = protobuf.ModelProto()
    model.ParseFromString(blob)
    return {
        "tokens": [piece.piece for piece in model.pieces],
        "scores": [piece.score for piece in model.pieces],
        "types": [piece.type for piece in model.pieces],
        "charsmap": list(model.normalizer_spec.precompiled_charsmap),
        "addSpacePrefix": model.normalizer_spec.add_dummy_prefix,
        "removeExtraSpaces": model.normalizer_spec.remove_extra_whitespaces,
        "unknown": model.trainer_spec.unk_id,
        "bos": model.trainer_spec.bos_id,
        "eos": model.trainer_spec.eos_id,
    }


# MARK: tiktoken

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [f"<|extra_{i}|>" for i in range(205)]


def byte_level_tokenizer(size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def ranks():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    alphabet |= {chr(0x100 + index): byte for index, byte in enumerate(others)}
    vocabulary = sorted(byte_level_tokenizer(700).get_vocab().items(), key=lambda item: item[1])
    return {bytes(alphabet[c] for c in token): rank for token, rank in vocabulary}


def tiktoken_golden(table, pattern, special, normalizes):
    encoding = tiktoken.Encoding("golden", pat_str=pattern, mergeable_ranks=table, special_tokens=special)
    cases = []
    for text in TEXTS + ["<|im_start|>user\nhi<|im_end|>\n", "<|endoftext|><|extra_204|>"]:
        source = unicodedata.normalize("NFC", text) if normalizes else text
        ids = encoding.encode(source, allowed_special="all")
        cases.append({"text": text, "ids": ids, "decoded": encoding.decode(ids)})
    return {"cases": cases}


# MARK: GPT-2, BERT and the pre-tokenizers of GGUF


def hugging_face_cases(tokenizer, texts):
    cases = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids)})
    return {"cases": cases}


def bert():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, tokenizer.token_to_id(name)) for name in names[2:4]]
    )
    return tokenizer


def pre_tokenizer_golden():
    """Ids by name and text, of a vocabulary whose merges know no words: where a text is cut shows in them."""
    texts = TEXTS[::2] + ["1234567 x12 3,456", "Don't STOP iPhone's HTTPServer", "IMGIMGABCZ <sentinel:12>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=1500, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=1, max_token_length=12,
    )
    trained.train_from_iterator(texts, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    cases = []
    for names, expressions in FAMILIES:
        for name in names.split():
            tokenizer = Tokenizer(models.BPE(model["vocab"], merges, ignore_merges=name in IGNORE_MERGES))
            if name in NFC:
                tokenizer.normalizer = normalizers.NFC()
            splits = [pre_tokenizers.Split(Regex(expression), "isolated") for expression in expressions]
            splits.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splits)
            cases.append({"name": name, "ids": [tokenizer.encode(text).ids for text in texts]})
    # Names with the same ids share them.
    families = {}
    for case in cases:
        families.setdefault(json.dumps(case["ids"]), []).append(case["name"])
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    return {
        "tokens": tokens,
        "merges": [" ".join(pair) for pair in merges],
        "texts": texts,
        "families": [{"names": names, "ids": json.loads(ids)} for ids, names in families.items()],
    }


def visible_space_golden():
    """Byte pairs over plain text with visible spaces, as Gemma 4's GGUF files have them."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\n]+|[\n]+"), "isolated")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    names = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(corpus()[:3000], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    plain = Tokenizer(models.BPE(**tokenizer_options(model)))
    plain.normalizer, plain.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    plain.decoder = tokenizer.decoder
    return {
        "tokens": sorted(model["vocab"], key=model["vocab"].get),
        "merges": [" ".join(pair) for pair in model["merges"]],
        **hugging_face_cases(plain, TEXTS),
    }


def tokenizer_options(model):
    return dict(
        vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]], unk_token="<unk>",
        byte_fallback=True, fuse_unk=True,
    )


def main():
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    if found != VERSIONS:
        sys.exit(f"found {found}, expected {VERSIONS}: pip install the pinned versions")
    FOLDER.mkdir(parents=True, exist_ok=True)

    for name, options in SENTENCEPIECE.items():
        blob = train_sentencepiece(**options)
        write(f"{name}.model", blob)
        write_cases(f"{name}.golden.json", sentencepiece_golden(blob))
        if name in ("llama", "unigram"):
            write(f"{name}.gguf.json", json.dumps(gguf_of_sentencepiece(blob), separators=(",", ":")) + "\n")

    table = ranks()
    write("ranks.tiktoken", b"".join(base64.b64encode(t) + b" %d\n" % r for t, r in table.items()))
    special = {text: len(table) + index for index, text in enumerate(QWEN_SPECIAL)}
    write_cases("qwen.golden.json", tiktoken_golden(table, CL100K % r"\p{N}", special, True))
    write_cases("llama3.golden.json", tiktoken_golden(table, CL100K % r"\p{N}{1,3}", {}, False))

    gpt2 = byte_level_tokenizer(500)
    model = json.loads(gpt2.to_str())["model"]
    write("gpt2-vocab.json", json.dumps(model["vocab"], separators=(",", ":")) + "\n")
    write("gpt2-merges.txt", "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"]))
    write_cases("gpt2.golden.json", hugging_face_cases(gpt2, TEXTS))

    tokenizer = bert()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    write("bert-vocab.txt", "".join(token + "\n" for token, _ in vocabulary))
    write_cases("bert.golden.json", hugging_face_cases(tokenizer, TEXTS + ["[CLS] a [MASK] b[SEP]"]))

    write_cases("pre-tokenizers.json", pre_tokenizer_golden())
    write_cases("gemma4.golden.json", visible_space_golden())

    files = sorted(path for path in FOLDER.iterdir() if path.name != "manifest.json")
    manifest = {
        "generator": "tools/goldens/vocabularies.py",
        "versions": VERSIONS,
        "seed": SEED,
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
