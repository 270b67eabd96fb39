#!/usr/bin/env python3
"""Writes those Unicode tables of Sources/Tokenization/Unicode that follow Hugging Face's tokenizers.

    pip install tokenizers==0.23.3 unicodedata2==16.0.0
    python3 tools/unicode/reference_tables.py            # rewrite the tables
    python3 tools/unicode/reference_tables.py --check    # fail when they are stale

The reference implementation classifies scalars by several versions of Unicode at the same time (its
dependencies carry tables of their own), and ids depend on each of them. Instead of guessing versions, the
script asks the reference about every scalar.
"""

import argparse
import sys

import tokenizers
from tokenizers import normalizers, pre_tokenizers

from tables import FOLDER, HANGUL, SCALARS, array, source

VERSION = "0.23.3"
HEADER = f"Hugging Face tokenizers {VERSION}"


def pieces(pre_tokenizer, text):
    return [piece for piece, _ in pre_tokenizer.pre_tokenize_str(text)]


def members(belongs):
    return {scalar for scalar in SCALARS if belongs(chr(scalar))}


def removed_by(normalizer):
    return members(lambda c: normalizer.normalize_str("a" + c) == "a")


def turns(scalars):
    """Where membership begins and ends, in turns."""
    result, inside = [], False
    for scalar in range(0x110001):
        if (scalar in scalars) != inside:
            inside = not inside
            result.append(scalar)
    return result


def bert(**options):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**settings, **options})


def sets():
    space = members(lambda c: pieces(pre_tokenizers.WhitespaceSplit(), f"a{c}b") != [f"a{c}b"])
    word = members(lambda c: len(pieces(pre_tokenizers.Whitespace(), "a" + c)) == 1) - space
    return [
        ("word", r"What the expression `\w` matches.", word),
        ("number", "What `Digits` cuts out.", members(lambda c: len(pieces(pre_tokenizers.Digits(), "a" + c)) == 2)),
        (
            "punctuation",
            "What `Punctuation` and `BertPreTokenizer` cut at.",
            members(lambda c: len(pieces(pre_tokenizers.Punctuation(), "a" + c)) == 2),
        ),
        ("mark", "What `StripAccents` removes.", removed_by(normalizers.StripAccents())),
        (
            "bertMark",
            "What `BertNormalizer` removes to strip accents, once text is decomposed.",
            {c for c in removed_by(bert(strip_accents=True)) if c not in HANGUL},
        ),
        ("bertControl", "What `BertNormalizer` removes to clean text.", removed_by(bert(clean_text=True))),
    ]


def script_boundaries():
    """Scripts are numbered as they are met; 0 is a scalar that belongs to any script."""
    split = pre_tokenizers.UnicodeScripts()

    def is_one(text):
        return len(pieces(split, text)) == 1

    representatives, result, previous = [], [], None
    for scalar in SCALARS:
        character = chr(scalar)
        if scalar == 0x20 or is_one("a" + character) and is_one("\u6f22" + character):
            script = 0
        elif previous and is_one(representatives[previous - 1] + character):
            script = previous
        else:
            known = [i for i, other in enumerate(representatives) if is_one(other + character)]
            if not known:
                representatives.append(character)
                known = [len(representatives) - 1]
            script = known[0] + 1
        if script != previous:
            result.append(scalar << 8 | script)
        previous = script
    return result


def compatibility():
    """Full decompositions of scalars for which NFKD and NFD differ."""
    nfkd, nfd = normalizers.NFKD(), normalizers.NFD()
    result = []
    for scalar in SCALARS:
        text = nfkd.normalize_str(chr(scalar))
        if scalar not in HANGUL and text != nfd.normalize_str(chr(scalar)):
            result += [scalar << 5 | len(text), *map(ord, text)]
    return result


def lowercase():
    """Runs `first, last, step, difference`; differences are modulo 2^32."""
    lower = normalizers.Lowercase()
    runs = []
    for scalar in SCALARS:
        text = lower.normalize_str(chr(scalar))
        if text == chr(scalar):
            continue
        if len(text) > 1:
            # U+0130 alone; the implementation knows it.
            assert scalar == 0x130, hex(scalar)
            continue
        difference = (ord(text) - scalar) % 2**32
        if runs and runs[-1][3] == difference and scalar - runs[-1][1] <= 2:
            step = scalar - runs[-1][1]
            if runs[-1][0] == runs[-1][1] or runs[-1][2] == step:
                runs[-1][1:3] = [scalar, step]
                continue
        runs.append([scalar, scalar, 1, difference])
    return [value for run in runs for value in run]


def outputs():
    return {
        "TextScalarData.swift": source(
            "TextScalarData",
            "Sets of scalars, as places where they begin and end, in turns.",
            [array(name, comment, turns(scalars)) for name, comment, scalars in sets()],
            HEADER,
        ),
        "TextScriptData.swift": source(
            "TextScriptData",
            "Where the script of scalars changes, to `UnicodeScripts`.",
            [
                array(
                    "boundaries",
                    "`first scalar << 8 | number of the script`, ascending; 0 belongs to any script.",
                    script_boundaries(),
                )
            ],
            HEADER,
        ),
        "CompatibilityDecompositionData.swift": source(
            "CompatibilityDecompositionData",
            "Full decompositions of scalars that are compatible with others and not canonically so.",
            [array("entries", "`scalar << 5 | count`, then as many scalars; ascending.", compatibility())],
            HEADER,
        ),
        "LowercaseData.swift": source(
            "LowercaseData",
            "Scalars whose lower case is another scalar; all but U+0130, which becomes two.",
            [array("runs", "`first, last, step, difference modulo 2^32`; ascending.", lowercase())],
            HEADER,
        ),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    if tokenizers.__version__ != VERSION:
        sys.exit(f"tokenizers is {tokenizers.__version__}: pip install tokenizers=={VERSION}")
    for name, text in outputs().items():
        path = FOLDER / name
        if check and (not path.exists() or path.read_text() != text):
            sys.exit(f"{path} is stale: run tools/unicode/reference_tables.py")
        if not check:
            path.write_text(text)


if __name__ == "__main__":
    main()
