#!/usr/bin/env python3
"""Writes pipelines.*.json of Tests/TokenizationTests/Fixtures: what Hugging Face makes of texts and ids with
every component of a tokenizer.json, and with pipelines in the manner of model families.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3
    cd tools && python3 -m goldens.tokenizer_pipelines

Vocabularies are trained or written here, on text that is synthesised here.
"""

import base64
import io
import json
import os
import pathlib
import random
import sys
import tempfile

# A folder on the path that has a tokenizers.py would hide the package.
HERE = pathlib.Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.append(str(HERE.parent))

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders as D
from tokenizers import models as M
from tokenizers import normalizers as N
from tokenizers import pre_tokenizers as P
from tokenizers import processors as R
from tokenizers.trainers import BpeTrainer, WordPieceTrainer

from goldens.hard_texts import TEXTS
from goldens.tokenizers import CL100K, QWEN2, training_text, write_manifest

VERSION = "0.23.3"
SEED = 21
FIXTURES = HERE.parents[1] / "Tests" / "TokenizationTests" / "Fixtures"
CORPUS = training_text()
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
SPECIAL = [AddedToken(text, special=True, normalized=False) for text in ("<unk>", "<s>", "</s>")]
ADDED = [
    AddedToken("<mask>", special=True, normalized=False, lstrip=True),
    AddedToken("<gap>", normalized=False, rstrip=True),
    AddedToken("<BOTH>", special=True, normalized=True, lstrip=True, rstrip=True),
    AddedToken("word", normalized=True, single_word=True),
    AddedToken("<Caf\u00e9>", normalized=True),
]
MARKS = [token.content for token in SPECIAL + ADDED]
METASPACE_DECODER = D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
GLM4 = CL100K % r"\p{N}{1,3}"
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# --- Families


def finished(tokenizer, decoder, processor=None, added=ADDED):
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.add_tokens(added)
    ids = [(text, tokenizer.token_to_id(text)) for text in ("<s>", "</s>")]
    tokenizer.post_processor = processor or R.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=ids[:1]
    )
    return json.loads(tokenizer.to_str())


def bpe(normalizer, pre_tokenizer, decoder, processor=None, size=420, alphabet=(), affixes=None, **options):
    tokenizer = Tokenizer(M.BPE(unk_token="<unk>", **options, **(affixes or {})))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    bytes_ = BYTES if options.get("byte_fallback") else []
    trainer = BpeTrainer(
        vocab_size=size + len(bytes_) + len(alphabet),
        show_progress=False,
        limit_alphabet=90 + len(alphabet),
        initial_alphabet=sorted(alphabet),
        special_tokens=SPECIAL + [AddedToken(text, normalized=False) for text in bytes_],
        **(affixes or {}),
    )
    tokenizer.train_from_iterator(CORPUS[:1200], trainer)
    definition = finished(tokenizer, decoder, processor)
    definition["added_tokens"] = [t for t in definition["added_tokens"] if t["content"] not in BYTES]
    return definition


def word_piece():
    tokenizer = Tokenizer(M.WordPiece(unk_token="<unk>", max_input_chars_per_word=30))
    tokenizer.normalizer, tokenizer.pre_tokenizer = N.BertNormalizer(), P.BertPreTokenizer()
    trainer = WordPieceTrainer(
        vocab_size=420, show_progress=False, special_tokens=SPECIAL, limit_alphabet=90
    )
    tokenizer.train_from_iterator(CORPUS[:1200], trainer)
    return finished(tokenizer, D.WordPiece(), R.BertProcessing(("</s>", 2), ("<s>", 1)))


def word_level():
    words = sorted({word.lower() for line in CORPUS[:80] for word in line.split()})
    vocabulary = {token.content: id for id, token in enumerate(SPECIAL)}
    vocabulary.update({word: id + len(SPECIAL) for id, word in enumerate(words)})
    tokenizer = Tokenizer(M.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = N.Sequence([N.NFKC(), N.Lowercase(), N.Strip()])
    tokenizer.pre_tokenizer = P.Whitespace()
    return finished(tokenizer, None)


def unigram(normalizer, pre_tokenizer, decoder, byte_fallback=False):
    """The pieces of a byte-pair vocabulary, with scores that fall with their rank."""
    source = bpe(None, P.Metaspace(), None)["model"]["vocab"]
    pieces = [piece for piece in sorted(source, key=source.get) if piece not in MARKS]
    vocabulary = [(token.content, 0.0) for token in SPECIAL]
    vocabulary += [(piece, -2.0 - rank / 37) for rank, piece in enumerate(pieces)]
    vocabulary += [(text, 0.0) for text in BYTES if byte_fallback]
    tokenizer = Tokenizer(M.Unigram(vocabulary, unk_id=0, byte_fallback=byte_fallback))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens(SPECIAL)
    return finished(
        tokenizer,
        decoder,
        R.TemplateProcessing(single="$A </s>", pair="$A </s> $B", special_tokens=[("</s>", 2)]),
    )


def character_map():
    """A small compiled table, made by SentencePiece from rules of ours."""
    import sentencepiece

    rules = {"ﬁ": "fi", "Ａ": "A", "①": "1", "㌀": "アパート", "\u00a0": " ", "e\u0301": "é", "\u200b": "", "\t": " "}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rules.tsv"
        path.write_text(
            "".join(
                " ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n"
                for source, target in rules.items()
            )
        )
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS[:300]),
            model_writer=model,
            vocab_size=100,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(path),
            minloglevel=2,
        )
    from sentencepiece import sentencepiece_model_pb2 as proto

    return proto.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap


def families():
    byte_level = P.ByteLevel(add_prefix_space=False, use_regex=False)
    alphabet = P.ByteLevel.alphabet()
    fallback = dict(byte_fallback=True, fuse_unk=True)

    def split(expression):
        return P.Sequence([P.Split(Regex(expression), "isolated"), byte_level])

    yield "llama2", bpe(
        N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]), None, METASPACE_DECODER, **fallback
    )
    yield "metaspace-first", bpe(
        None, P.Metaspace(prepend_scheme="first", split=False), METASPACE_DECODER, **fallback
    )
    yield "metaspace-words", bpe(None, P.Metaspace(), METASPACE_DECODER, **fallback)
    yield "gemma", bpe(
        N.Replace(" ", "▁"),
        P.Split(" ", "merged_with_previous"),
        D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse()]),
        **fallback,
    )
    yield "glm4", bpe(None, split(GLM4), D.ByteLevel(), alphabet=alphabet, ignore_merges=True)
    yield "o200k", bpe(N.NFC(), split(O200K), D.ByteLevel(), alphabet=alphabet)
    yield "roberta", bpe(
        None,
        P.ByteLevel(add_prefix_space=True),
        D.ByteLevel(),
        R.RobertaProcessing(("</s>", 2), ("<s>", 1)),
        alphabet=alphabet,
    )
    yield "clip", bpe(
        N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]),
        P.Sequence(
            [
                P.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", True),
                byte_level,
            ]
        ),
        D.ByteLevel(),
        alphabet=alphabet,
        affixes=dict(end_of_word_suffix="</w>"),
    )
    yield "gpt1", bpe(
        N.BertNormalizer(),
        P.BertPreTokenizer(),
        D.BPEDecoder("</w>"),
        affixes=dict(end_of_word_suffix="</w>"),
    )
    yield "bert", word_piece()
    yield "word-level", word_level()
    yield "t5", unigram(None, P.Metaspace(), D.Metaspace())
    yield "unigram-bytes", unigram(
        N.Precompiled(character_map()),
        P.Metaspace(),
        D.Sequence([D.ByteFallback(), D.Metaspace()]),
        byte_fallback=True,
    )
    yield "xlm-roberta", unigram(
        N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " ")]),
        P.Sequence([P.WhitespaceSplit(), P.Metaspace()]),
        D.Metaspace(),
    )


# --- Components, on a model that shows where its words begin

CHARACTERS = sorted(
    set(map(chr, range(0x21, 0x7F)))
    | set("▁Ġ éÉ́漢字あアー한가①½²٣ß_ıſ")
    | set("ĊčĉÃ©æ¼¢åŃĹ")
)
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def characters(normalizer=None, pre_tokenizer=None):
    tokens = ["<unk>", "<s>", "</s>"] + CHARACTERS + ["##" + c for c in CHARACTERS]
    tokenizer = Tokenizer(
        M.BPE({t: id for id, t in enumerate(tokens)}, [], unk_token="<unk>", continuing_subword_prefix="##")
    )
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_tokens([AddedToken("<X>", normalized=False), AddedToken("<Y>", normalized=True)])
    return json.loads(tokenizer.to_str())


def normalizers():
    yield from {
        "NFC": N.NFC(),
        "NFD": N.NFD(),
        "NFKC": N.NFKC(),
        "NFKD": N.NFKD(),
        "Lowercase": N.Lowercase(),
        "Strip": N.Strip(),
        "Strip-left": N.Strip(left=True, right=False),
        "Strip-right": N.Strip(left=False, right=True),
        "StripAccents": N.Sequence([N.NFD(), N.StripAccents()]),
        "Nmt": N.Nmt(),
        "Precompiled": N.Precompiled(character_map()),
        "Replace": N.Replace("e", "(e)"),
        "Replace-Regex": N.Replace(Regex(r"\s{2,}|[aeiou]"), "_"),
        "Prepend": N.Prepend("▁>"),
        "ByteLevel": N.ByteLevel(),
        "Bert": N.BertNormalizer(),
        "Bert-cased": N.BertNormalizer(lowercase=False),
        "Bert-accents": N.BertNormalizer(clean_text=False, strip_accents=True, lowercase=False),
        "Bert-only-lowercase": N.BertNormalizer(
            clean_text=False, handle_chinese_chars=False, strip_accents=False
        ),
    }.items()


def pre_tokenizers():
    metaspace = P.Metaspace
    yield from {
        "ByteLevel": P.ByteLevel(add_prefix_space=False),
        "ByteLevel-space": P.ByteLevel(add_prefix_space=True),
        "ByteLevel-plain": P.ByteLevel(add_prefix_space=False, use_regex=False),
        "ByteLevel-first": P.Sequence([P.ByteLevel(), P.Digits(True)]),
        "Metaspace": metaspace(),
        "Metaspace-first": metaspace(prepend_scheme="first"),
        "Metaspace-never": metaspace(prepend_scheme="never"),
        "Metaspace-whole": metaspace(prepend_scheme="first", split=False),
        "Metaspace-other": metaspace("_"),
        "Whitespace": P.Whitespace(),
        "WhitespaceSplit": P.WhitespaceSplit(),
        "BertPreTokenizer": P.BertPreTokenizer(),
        "Digits": P.Digits(),
        "Digits-individual": P.Digits(True),
        "CharDelimiterSplit": P.CharDelimiterSplit("e"),
        "UnicodeScripts": P.UnicodeScripts(),
        "FixedLength": P.FixedLength(3),
        "Sequence": P.Sequence([P.WhitespaceSplit(), metaspace(prepend_scheme="first")]),
    }.items()
    for behavior in BEHAVIORS:
        yield f"Punctuation-{behavior}", P.Punctuation(behavior)
        for invert in (False, True):
            name = behavior + ("-inverted" if invert else "")
            yield f"Split-String-{name}", P.Split("e", behavior, invert)
            yield f"Split-Regex-{name}", P.Split(Regex(r"\p{L}+|\s"), behavior, invert)
            yield f"Split-known-{name}", P.Split(Regex(QWEN2), behavior, invert)


TOKENS = (
    ["<unk>", "<s>", "</s>", "a", "the", "##th", "▁the", "▁", "▁▁x", " ", "  ", " .", ".", ",", "'", "n't", " 's"]
    + ["th</w>", "</w>", "e</w>e", "Ġthe", "Ã©", "Ã", "©", "é", "漢", "<pad>", "|", "do", "not", "e", "", "<0xzz>"]
    + ["<0xE6>", "<0xBC>", "<0xA2>", "<0x41>", "<0xFF>", "<0x0a>", "ee", "T", "x▁y"]
)


def decoders():
    yield from {
        "none": None,
        "ByteLevel": D.ByteLevel(),
        "ByteFallback": D.ByteFallback(),
        "Fuse": D.Fuse(),
        "Strip": D.Strip("e", 1, 0),
        "Strip-fused": D.Sequence([D.Fuse(), D.Strip(" ", 2, 0)]),
        "Replace": D.Replace("e", "▁▁"),
        "Replace-Regex": D.Replace(Regex("[ae]+"), "<>"),
        "Replace-fused": D.Sequence([D.Fuse(), D.Replace("the", "T"), D.Replace("Tee", "t")]),
        "Metaspace": D.Metaspace(),
        "Metaspace-never": D.Metaspace(prepend_scheme="never"),
        "BPEDecoder": D.BPEDecoder("</w>"),
        "WordPiece": D.WordPiece("##", True),
        "WordPiece-plain": D.WordPiece("t", False),
        "CTC": D.CTC("<pad>", "|", True),
        "CTC-plain": D.CTC("<pad>", "|", False),
        "Llama": METASPACE_DECODER,
        "Sequence": D.Sequence([D.ByteFallback(), D.Metaspace(), D.ByteLevel()]),
    }.items()


def decoding(decoder):
    tokenizer = Tokenizer(M.WordLevel({t: id for id, t in enumerate(TOKENS)}, unk_token="<unk>"))
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.add_special_tokens(SPECIAL)
    return json.loads(tokenizer.to_str())


# --- Goldens


def random_texts(count):
    rng = random.Random(SEED)
    words = " ".join(CORPUS[:200]).split()
    pools = ["abcdefgh  .,!?'\n\t▁", "漢字あアー。 ", "e\u0301\u0323\u0345aÅİıßſﬁ①㌀½", "0123456789 ٣", "한글ᄀ\u1161\u11a8"]
    texts = []
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(1, 5)):
            kind = rng.random()
            if kind < 0.4:
                text += " ".join(rng.choice(words) for _ in range(rng.randint(1, 4)))
            elif kind < 0.6:
                text += rng.choice(["", " ", "  "]) + rng.choice(MARKS) + rng.choice(["", " ", "\n"])
            else:
                pool = rng.choice(pools)
                text += "".join(rng.choice(pool) for _ in range(rng.randint(1, 7)))
        texts.append(text)
    return texts


def case(tokenizer, text):
    special = tokenizer.encode(text, add_special_tokens=True).ids
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = True
    plain = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    return [text, ids, special, plain]


def decode(tokenizer, ids):
    return [ids, tokenizer.decode(ids, skip_special_tokens=True), tokenizer.decode(ids, skip_special_tokens=False)]


def golden(name, definition, texts, id_lists):
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    cases = [case(tokenizer, text) for text in texts]
    decodes = [decode(tokenizer, ids) for ids in id_lists]
    decodes += [decode(tokenizer, special) for _, _, special, _ in cases[:: 3 if id_lists else 1] if id_lists]
    return {"name": name, "definition": json.dumps(definition), "cases": cases, "decodes": decodes}


def random_ids(count, size):
    rng = random.Random(SEED)
    return [[rng.randrange(size) for _ in range(rng.randint(0, 10))] for _ in range(count)]


def write(name, pipelines):
    if tokenizers.__version__ != VERSION:
        sys.exit(f"tokenizers is {tokenizers.__version__}: pip install tokenizers=={VERSION}")
    lines = ",\n".join(json.dumps(pipeline, separators=(",", ":")) for pipeline in pipelines)
    path = FIXTURES / f"pipelines.{name}.json"
    path.write_text('{"pipelines":[\n' + lines + "\n]}\n")
    print(f"wrote {path.name} ({path.stat().st_size:,} bytes)")


def main():
    short = [text for text in TEXTS if len(text) < 60]
    texts = short[::2] + random_texts(50)
    write(
        "families",
        [golden(name, definition, texts, random_ids(30, len(definition["model"]["vocab"]) + 5)) for name, definition in families()],
    )
    few = short[::7] + [" a  b", "<X> x", "x <Y> y", "It's 3.5e10 — ok", "e", "ee e", "éÉ Ab1²", "漢字アー kana"]
    few += random_texts(12)
    components = [(f"normalizer {n}", characters(normalizer=c)) for n, c in normalizers()]
    components += [(f"pre-tokenizer {n}", characters(pre_tokenizer=c)) for n, c in pre_tokenizers()]
    pipelines = [golden(name, definition, few, []) for name, definition in components]
    pipelines += [
        golden(f"decoder {n}", decoding(c), [], random_ids(60, len(TOKENS) + 1)) for n, c in decoders()
    ]
    write("components", pipelines)
    write_manifest()


if __name__ == "__main__":
    main()
