"""What the builders of the zoo share."""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, processors

from corpus_cases import code, prose

SEED = 11


@dataclass
class Entry:
    """A tokenizer file and its reference."""

    name: str
    # What the program loads: a file or a folder.
    path: str
    # Which class of `references` answers, and with what.
    reference: str
    arguments: dict = field(default_factory=dict)
    # Spelled-out tokens that the fuzzer mixes in.
    specials: list[str] = field(default_factory=list)


@cache
def training_lines() -> tuple[str, ...]:
    """The corpus with its words drawn again, and invented words with a skewed distribution."""
    rng = random.Random(SEED)
    lines: list[str] = []
    base = prose()
    for _ in range(40):
        for line in base:
            words = line.split(" ")
            if len(words) < 4:
                half = rng.randrange(len(line))
                lines.append(line[half:] + line[:half])
            else:
                lines.append(" ".join(rng.choice(words) for _ in range(rng.randint(4, 14))))
    lines += code() * 6
    onsets = ["th", "s", "st", "br", "m", "n", "l", "k", "pr", "w", "h", "d", "r", "wh", "c", "f"]
    vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ee", "é"]
    codas = ["", "n", "r", "s", "t", "nd", "ng", "st", "ll", "re", "ve", "d", "m"]
    words = ["".join(rng.choice(part) for part in (onsets, vowels, codas)) for _ in range(500)]
    for _ in range(2500):
        line = [words[min(int(rng.paretovariate(0.7)) - 1, 499)] for _ in range(rng.randint(3, 12))]
        line[0] = line[0].capitalize()
        if rng.random() < 0.3:
            line.append(str(rng.randrange(10 ** rng.randint(1, 6))))
        lines.append(" ".join(line) + rng.choice([".", "!", "?", " ...", ";", ":", "\n\n", "  "]))
    return tuple(lines)


def special(*contents: str, **options) -> list[AddedToken]:
    return [AddedToken(content, special=True, normalized=False, **options) for content in contents]


def plain(*contents: str, **options) -> list[AddedToken]:
    options = {"normalized": False, **options}
    return [AddedToken(content, special=False, **options) for content in contents]


def template(tokenizer: Tokenizer, single: str, pair: str | None = None) -> processors.TemplateProcessing:
    """A template as "<s> $A"; every name in it is a token of `tokenizer`."""
    names = {piece for piece in single.split() if not piece.startswith("$")}
    return processors.TemplateProcessing(
        single=single,
        pair=pair or f"{single} $B",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in sorted(names)],
    )


def most_common(counts: Counter, size: int) -> Counter:
    """As the class's own, with ties broken by the text."""
    return Counter(dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:size]))


def merges_of_words(words: Counter, count: int, *, prefix: str = "", suffix: str = "") -> list[tuple[str, str]]:
    """BPE by its definition. The library's trainer breaks ties at random where words have such marks."""
    chains = []
    for word, times in sorted(words.items()):
        letters = [word[0], *(prefix + letter for letter in word[1:])]
        letters[-1] += suffix
        chains.append((letters, times))
    merges = []
    for _ in range(count):
        pairs = Counter()
        for chain, times in chains:
            for pair in zip(chain, chain[1:]):
                pairs[pair] += times
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        merged = best[0] + best[1].removeprefix(prefix)
        for chain, _ in chains:
            index = 0
            while index < len(chain) - 1:
                if (chain[index], chain[index + 1]) == best:
                    chain[index : index + 2] = [merged]
                index += 1
    return merges


def save(tokenizer: Tokenizer | dict, folder: Path, name: str) -> Entry:
    """Writes `name`/tokenizer.json; the entry's reference is Hugging Face's library on the same file."""
    path = folder / name / "tokenizer.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    definition = tokenizer if isinstance(tokenizer, dict) else json.loads(tokenizer.to_str())
    path.write_text(json.dumps(definition, ensure_ascii=False, indent=1), encoding="utf-8")
    return Entry(
        name=name,
        path=str(path),
        reference="HuggingFace",
        arguments={"path": str(path)},
        specials=[token["content"] for token in definition["added_tokens"]],
    )
