#!/usr/bin/env python3
"""Writes the Unicode tables of Sources/Tokenization/Unicode.

    pip install unicodedata2==16.0.0 regex==2024.11.6
    python3 tools/unicode/tables.py            # rewrite the tables
    python3 tools/unicode/tables.py --check    # fail when they are stale

The version is pinned because a tokenizer's ids depend on it: the pre-tokenizer of the reference
implementation (Hugging Face tokenizers) classifies characters by Unicode 16.
"""

import argparse
import importlib.metadata
import pathlib
import sys

import regex
import unicodedata2 as unicode

VERSION = "16.0.0"
# The regex package knows what unicodedata does not: scripts, derived properties and case folding.
REGEX_VERSION = "2024.11.6"
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


# In the order of `GeneralCategory`; unassigned first.
CATEGORIES = (
    "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co".split()
)
# In the order of `Script`, less `unknown`, which comes first.
SCRIPTS = (
    "Common Inherited Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi"
    " Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic"
    " Cherokee Canadian_Aboriginal Khmer Mongolian Hiragana Katakana Bopomofo Han Yi Gothic Coptic Braille"
    " Tifinagh Nko Javanese Balinese Runic Ogham Tagalog"
).split()
PROPERTIES = "Alphabetic Lowercase Uppercase Emoji Extended_Pictographic".split()


def boundaries(shift, value_of):
    """`first scalar << shift | value` wherever the value changes."""
    result, previous = [], None
    for scalar in range(0x110000):
        current = value_of(scalar)
        if current != previous:
            result.append(scalar << shift | current)
            previous = current
    return result


def category_boundaries():
    indices = {name: index for index, name in enumerate(CATEGORIES)}
    return boundaries(5, lambda scalar: indices[unicode.category(chr(scalar))])


def matching(expression):
    """The scalars that a one-character expression of the regex package matches."""
    text = "".join(map(chr, SCALARS))
    return {ord(character) for character in regex.findall(expression, text)}


def script_boundaries():
    script = {}
    for index, name in enumerate(SCRIPTS):
        script.update(dict.fromkeys(matching(rf"\p{{Script={name}}}"), index + 1))
    return boundaries(6, lambda scalar: script.get(scalar, 0))


def property_boundaries(name):
    members = matching(rf"\p{{{name}}}")
    return [value >> 1 for value in boundaries(1, lambda scalar: scalar in members)][1:]


def case_pairs():
    """Every scalar with the others it equals when case is ignored, one pair for each."""
    # The regex package lets the Turkish letters equal "i", which the standard's default folding does not.
    turkish = {0x130, 0x131}
    cased = matching(r"\p{Changes_When_Casemapped}") | matching(r"\p{Changes_When_Casefolded}")
    cased = sorted(cased - turkish)
    text = "".join(map(chr, cased))
    pairs = []
    for scalar in cased:
        for other in regex.findall(f"(?iV0)[{regex.escape(chr(scalar))}]", text):
            if ord(other) != scalar:
                pairs += [scalar, ord(other)]
    return pairs


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


def source(type_name, comment, arrays, version=f"Unicode {VERSION}"):
    return (
        "// swift-format-ignore-file\n"
        f"// Written by tools/unicode/{pathlib.Path(sys.argv[0]).name} from {version}; do not edit.\n\n"
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
        "GeneralCategoryData.swift": source(
            "GeneralCategoryData",
            "Where the general category of Unicode scalars changes.",
            [
                array(
                    "boundaries",
                    "`first scalar << 5 | category`, ascending; a category is a `GeneralCategory` raw value.",
                    category_boundaries(),
                )
            ],
        ),
        "ScriptData.swift": source(
            "ScriptData",
            "Where the script of Unicode scalars changes.",
            [
                array(
                    "boundaries",
                    "`first scalar << 6 | script`, ascending; a script is a `Script` raw value.",
                    script_boundaries(),
                )
            ],
        ),
        "ScalarPropertyData.swift": source(
            "ScalarPropertyData",
            "Where properties of Unicode scalars begin to hold and cease to, in turns.",
            [
                array(name[0].lower() + name[1:].replace("_", ""), f"{name}.", property_boundaries(name))
                for name in PROPERTIES
            ],
        ),
        "CaseData.swift": source(
            "CaseData",
            "Which Unicode scalars are one when case is ignored.",
            [array("pairs", "`scalar, equivalent` pairs, ascending.", case_pairs())],
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
    if importlib.metadata.version("regex") != REGEX_VERSION:
        sys.exit(f"regex is not {REGEX_VERSION}: pip install regex=={REGEX_VERSION}")
    for name, text in outputs().items():
        path = FOLDER / name
        if check and (not path.exists() or path.read_text() != text):
            sys.exit(f"{path} is stale: run tools/unicode/tables.py")
        if not check:
            path.write_text(text)


if __name__ == "__main__":
    main()
