#!/usr/bin/env python3
"""Writes the Unicode tables of Sources/Tokenization/Unicode.

    pip install unicodedata2==16.0.0
    python3 tools/unicode/tables.py            # rewrite the tables
    python3 tools/unicode/tables.py --check    # fail when they are stale

The version is pinned because a tokenizer's ids depend on it: the pre-tokenizer of the reference
implementation (Hugging Face tokenizers) classifies characters by Unicode 16.
"""

import argparse
import pathlib
import sys

import unicodedata2 as unicode

VERSION = "16.0.0"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Tokenization" / "Unicode"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
# The White_Space property; unicodedata does not offer it, and it has not changed since Unicode 6.3.
WHITESPACE = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
WHITESPACE |= set(range(0x09, 0x0E)) | set(range(0x2000, 0x200B))
HANGUL = range(0xAC00, 0xD7A4)


def class_of(scalar):
    if scalar in WHITESPACE:
        return 3
    return {"L": 1, "N": 2}.get(unicode.category(chr(scalar))[0], 0)


def class_boundaries():
    boundaries, previous = [], None
    for scalar in SCALARS:
        current = class_of(scalar)
        if current != previous:
            boundaries.append(scalar << 2 | current)
            previous = current
    return boundaries


def decompositions():
    """Canonical decompositions, one step: singletons, recomposable pairs, other pairs."""
    singletons, composites, expansions = [], [], []
    for scalar in SCALARS:
        mapping = unicode.decomposition(chr(scalar))
        if not mapping or mapping.startswith("<") or scalar in HANGUL:
            continue
        parts = [int(part, 16) for part in mapping.split()]
        if len(parts) == 1:
            singletons += [scalar, *parts]
        elif unicode.normalize("NFC", chr(scalar)) == chr(scalar):
            composites += [scalar, *parts]
        else:
            expansions += [scalar, *parts]
    return singletons, composites, expansions


def array(name, comment, values):
    lines, line = [], "       "
    for value in values:
        item = f" 0x{value:X},"
        if len(line) + len(item) > 108:
            lines.append(line)
            line = "       "
        line += item
    lines.append(line)
    body = "\n".join(lines)
    return f"    /// {comment}\n    static let {name}: [UInt32] = [\n{body}\n    ]\n"


def source(type_name, comment, arrays):
    return (
        "// swift-format-ignore-file\n"
        f"// Written by tools/unicode/tables.py from Unicode {VERSION}; do not edit.\n\n"
        f"/// {comment}\nenum {type_name} {{\n" + "\n".join(arrays) + "}\n"
    )


def outputs():
    singletons, composites, expansions = decompositions()
    return {
        "ScalarClassData.swift": source(
            "ScalarClassData",
            "Where the class of Unicode scalars changes.",
            [
                array(
                    "boundaries",
                    "`first scalar << 2 | class`, ascending; a class is a `ScalarClass` raw value.",
                    class_boundaries(),
                )
            ],
        ),
        "SingletonDecompositionData.swift": source(
            "SingletonDecompositionData",
            "Scalars that are canonically another single scalar.",
            [array("pairs", "`scalar, replacement` pairs, ascending.", singletons)],
        ),
        "PairDecompositionData.swift": source(
            "PairDecompositionData",
            "Scalars that are canonically two scalars (Hangul syllables are computed instead).",
            [
                array("composites", "`scalar, first, second` triples that NFC composes again.", composites),
                array("expansions", "`scalar, first, second` triples that NFC never composes.", expansions),
            ],
        ),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    if unicode.unidata_version != VERSION:
        sys.exit(
            f"unicodedata2 is {unicode.unidata_version}: pip install unicodedata2=={VERSION}"
        )
    for name, text in outputs().items():
        path = FOLDER / name
        if check and (not path.exists() or path.read_text() != text):
            sys.exit(f"{path} is stale: run tools/unicode/tables.py")
        if not check:
            path.write_text(text)


if __name__ == "__main__":
    main()
