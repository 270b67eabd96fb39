#!/usr/bin/env python3
"""Speed of encoding: ours against Hugging Face `tokenizers`, one thread each, in rounds that take turns.

    make bench-tokenizers

Encodes 1 MB of mixed prose, code and CJK. A ratio above 1 means that ours is faster; the median round counts.
"""

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path

# This file shares its name with the package it measures.
HERE = Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(HERE.parent / "conformance"))

from tokenizers import Tokenizer

import zoo
from corpus_cases import code, prose
from probe import Probe, ProbeError

REPOSITORY = HERE.parents[1]
SEED = 5
MEASURED = [
    "gpt-2", "smollm", "llama-3", "qwen3", "deepseek-v3", "mistral-nemo", "o200k", "llama-2", "llama-2-metaspace",
    "gemma", "t5", "xlm-roberta", "bert-uncased",
]  # fmt: skip


def mixed_text(size: int) -> str:
    """Half of it words of our prose drawn again, a quarter invented words, the rest code and CJK."""
    rng = random.Random(SEED)
    onsets = ["th", "s", "st", "br", "m", "n", "l", "k", "pr", "w", "h", "d", "r", "wh", "c", "f", ""]
    codas = ["", "n", "r", "s", "t", "nd", "ng", "st", "ll", "re", "ve", "d", "m", "tion", "ly", "ed"]

    def invented() -> str:
        return "".join(rng.choice(onsets) + rng.choice("aeiouy") + rng.choice(codas) for _ in range(rng.randint(1, 3)))

    words = [word for line in prose() for word in line.split(" ")]
    rare = [invented() for _ in range(20_000)]
    paragraphs, length = [], 0
    while length < size:
        kind = rng.random()
        if kind < 0.5:
            text = " ".join(rng.choice(words) for _ in range(60)) + "\n\n"
        elif kind < 0.75:
            text = " ".join(rare[min(int(rng.paretovariate(0.5)), 19_999)] for _ in range(60)) + ".\n"
        elif kind < 0.88:
            text = rng.choice(code()).replace("x", rng.choice(rare)).replace("i", rng.choice(rare)) + "\n"
        else:
            text = "".join(chr(0x4E00 + min(int(rng.paretovariate(0.4)) * 7, 20_000)) for _ in range(90)) + "。\n"
        paragraphs.append(text)
        length += len(text.encode())
    return "".join(paragraphs)


def measure(probe: Probe, path: str, reference: Tokenizer, file: Path, text: str, rounds: int):
    """Median seconds of ours and of the reference."""
    probe.ask("load", path=path)
    ours, theirs = [], []
    for _ in range(rounds + 1):
        ours.append(probe.ask("bench", path=str(file), rounds=1)["seconds"][0])
        start = time.perf_counter()
        # Without offsets: the fastest that the library has.
        reference.encode_batch_fast([text], add_special_tokens=False)
        theirs.append(time.perf_counter() - start)
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure encoding against Hugging Face tokenizers.")
    parser.add_argument("--probe", default=str(REPOSITORY / ".build/release/ConformanceProbe"))
    parser.add_argument("--build", default=str(REPOSITORY / ".build/conformance"))
    parser.add_argument("--model", help="the default model's GGUF file")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    options = parser.parse_args()
    folder = Path(options.build)
    entries = [entry for entry in zoo.build(folder / "zoo") if entry.name in MEASURED]
    if options.model:
        entries.append(zoo.default_model(folder, options.model))
    text = mixed_text(options.bytes)
    file = folder / "bench.txt"
    file.write_text(text, encoding="utf-8", newline="")
    size = len(text.encode())
    slower = []
    print(f"{size:,} bytes, median of {options.rounds} rounds, one thread\n")
    print(f"{'tokenizer':<24}{'ours MB/s':>10}{'reference':>11}{'ratio':>8}")
    with Probe(options.probe) as probe:
        for entry in entries:
            reference = Tokenizer.from_file(entry.arguments["path"])
            try:
                ours, theirs = measure(probe, entry.path, reference, file, text, options.rounds)
            except ProbeError as error:
                print(f"{entry.name:<24}refused: {error}")
                slower.append(entry.name)
                continue
            rates = f"{size / ours / 1e6:>10.1f}{size / theirs / 1e6:>11.1f}"
            print(f"{entry.name:<24}{rates}{theirs / ours:>8.2f}", flush=True)
            if ours > theirs:
                slower.append(entry.name)
    if slower:
        print(f"\nslower than the reference: {', '.join(slower)}")


if __name__ == "__main__":
    main()
