#!/usr/bin/env python3
"""Compares ids, prompts and weights with the reference implementations: `make conformance`.

    run.py --probe .build/release/ConformanceProbe [--only tokenizers,templates,weights] [--tokenizer NAME]

Prints one table for each section, and exits with status 1 when anything differs.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parent))

import tokenizers_section
import zoo

REPOSITORY = Path(__file__).resolve().parents[2]


def print_table(header: list[str], rows: list[list]) -> None:
    """Columns of numbers are aligned to the right."""
    lines = [header] + [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    is_number = [bool(rows) and isinstance(rows[0][column], int) for column in range(len(header))]

    def text(line):
        cells = zip(line, widths, is_number, strict=True)
        return "  ".join(cell.rjust(width) if number else cell.ljust(width) for cell, width, number in cells).rstrip()

    print("\n".join([text(lines[0]), "  ".join("-" * width for width in widths), *map(text, lines[1:])]), flush=True)


def tokenizers(options) -> int:
    start = time.monotonic()
    entries = zoo.build(Path(options.build) / "zoo")
    if options.model:
        entries.append(zoo.default_model(Path(options.build), options.model))
    if options.tokenizer:
        entries = [entry for entry in entries if options.tokenizer in entry.name]
    if not entries:
        sys.exit(f"no tokenizer of the zoo has '{options.tokenizer}' in its name")
    print(f"{len(entries)} tokenizers, ready after {time.monotonic() - start:.1f} s", flush=True)
    results = tokenizers_section.run(
        entries, tokenizers_section.Options(options.probe, options.fuzz, options.seed, options.processes)
    )
    for result in results:
        for report in result.reports:
            print(f"\n{result.name}: {report}")
    print()
    print_table(
        ["tokenizer", "file", "corpus cases", "fuzz cases", "undefined by reference", "differences"],
        [[r.name, r.kind, r.corpus, r.fuzz, r.undefined, r.differences] for r in results],
    )
    return sum(result.differences for result in results)


def weights(options) -> int:
    import weights_section

    results = weights_section.run(options.probe, Path(options.build) / "weights", options.seed)
    for result in results:
        for report in result.reports:
            print(f"\n{result.name}: {report}")
    print()
    print_table(
        ["weights", "blocks", "values", "differences"],
        [[r.name, r.blocks, r.values, r.differences] for r in results],
    )
    return sum(result.differences for result in results)


def templates(options) -> int:
    """A driver of its own, which prints its table itself."""
    driver = Path(__file__).with_name("templates.py")
    command = [sys.executable, str(driver), "--probe", options.probe, "--seed", str(options.seed)]
    return subprocess.run(command).returncode


SECTIONS = {"tokenizers": tokenizers, "templates": templates, "weights": weights}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare with the reference implementations.")
    parser.add_argument("--probe", default=str(REPOSITORY / ".build/release/ConformanceProbe"))
    parser.add_argument("--build", default=str(REPOSITORY / ".build/conformance"), help="where test files go")
    parser.add_argument("--model", help="the default model's GGUF file, whose tokenizer is compared too")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--tokenizer", help="only tokenizers with this in their name")
    parser.add_argument("--fuzz", type=int, default=10_000, help="random strings for each tokenizer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    chosen = options.only.split(",")
    unknown = sorted(set(chosen) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    differences = {}
    for name in chosen:
        start = time.monotonic()
        print(f"\n== {name}", flush=True)
        differences[name] = SECTIONS[name](options)
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
    failed = [f"{count} in {name}" for name, count in differences.items() if count]
    if failed:
        sys.exit(f"differences: {', '.join(failed)}")
    print("\nEverything equals the references.")


if __name__ == "__main__":
    main()
