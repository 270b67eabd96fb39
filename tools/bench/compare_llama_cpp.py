#!/usr/bin/env python3
"""Compare the speed of lmdeploy and llama.cpp on the same GGUF file, interleaved.

Shared machines change speed from minute to minute, so the two programs take turns, and the ratio of
each round is reported beside the medians. Both get the same number of threads. A round runs

    lmdeploy benchmark profile_generation MODEL --threads T --concurrency 1 \\
        --prompt-tokens P --completion-tokens C
    llama-bench -m MODEL -t T -p P -n 0 and then -p 0 -n C -d P

so that both decode after a prompt of P tokens (-d 0 is llama-bench's own default, decoding from an
empty context: choose it with --empty-context). Build llama-bench with

    pip download --no-binary :all: --no-deps llama-cpp-python
    tar xf llama_cpp_python-*.tar.gz && cd llama_cpp_python-*/vendor/llama.cpp
    cmake -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build --target llama-bench

Example:

    compare_llama_cpp.py --model SmolLM2-135M-Instruct.Q4_1.gguf --lmdeploy .build/release/lmdeploy \\
        --llama-bench llama.cpp/build/bin/llama-bench --rounds 5
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def run(command: list[str]) -> str:
    """Run a command and return its standard output; on failure show what it said and stop."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\nexited with {result.returncode}:\n{result.stderr[-2000:]}")
    return result.stdout


def measure_lmdeploy(options) -> tuple[float, float]:
    """Prefill and decode tokens per second of one run."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        run([
            options.lmdeploy, "benchmark", "profile_generation", options.model,
            "--concurrency", "1",
            "--prompt-tokens", str(options.prompt_tokens),
            "--completion-tokens", str(options.completion_tokens),
            "--threads", str(options.threads),
            "--csv", str(Path(folder) / "report.csv"),
            "--json", str(report),
            *options.lmdeploy_options,
        ])
        rows = json.loads(report.read_text())
    wanted = (1, options.prompt_tokens, options.completion_tokens)
    for row in rows:
        if (row["batch"], row["prompt_tokens"], row["completion_tokens"]) == wanted:
            return row["prefill_tokens_per_second"], row["decode_tokens_per_second"]
    sys.exit(f"the lmdeploy report has no row for batch, prompt, completion = {wanted}: {rows}")


def measure_llama_cpp(options) -> tuple[float, float]:
    """Prefill and decode tokens per second of one run of llama-bench."""
    depth = 0 if options.empty_context else options.prompt_tokens
    rates = []
    for shape in (
        ["-p", str(options.prompt_tokens), "-n", "0"],
        ["-p", "0", "-n", str(options.completion_tokens), "-d", str(depth)],
    ):
        rows = json.loads(run([
            options.llama_bench, "-m", options.model, "-t", str(options.threads), *shape,
            "-r", str(options.repetitions), "-o", "json", *options.llama_options,
        ]))
        if len(rows) != 1:
            sys.exit(f"llama-bench returned {len(rows)} rows, expected 1: {rows}")
        rates.append(rows[0]["avg_ts"])
    return rates[0], rates[1]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="a GGUF file that both programs read")
    parser.add_argument("--lmdeploy", required=True, help="the lmdeploy executable")
    parser.add_argument("--llama-bench", required=True, help="the llama-bench executable")
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs (default 5)")
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--completion-tokens", type=int, default=128)
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
        else os.cpu_count(), help="for both programs (default: the processors this process may use)",
    )
    parser.add_argument(
        "--repetitions", type=int, default=2, help="llama-bench's own repetitions per round (default 2)"
    )
    parser.add_argument(
        "--empty-context", action="store_true", help="let llama-bench decode without a prompt"
    )
    parser.add_argument(
        "--lmdeploy-options", default="", help="more flags for lmdeploy, in one quoted string"
    )
    parser.add_argument(
        "--llama-options", default="", help="more flags for llama-bench, in one quoted string"
    )
    parser.add_argument("--json", metavar="FILE", help="write all rounds to this file as well")
    options = parser.parse_args()
    options.lmdeploy_options = options.lmdeploy_options.split()
    options.llama_options = options.llama_options.split()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    for path in (options.model, options.lmdeploy, options.llama_bench):
        if not Path(path).is_file():
            parser.error(f"{path}: no such file")
    return options


def line(label: str, ours: tuple[float, float], theirs: tuple[float, float]) -> str:
    cells = []
    for mine, other in zip(ours, theirs):
        cells.append(f"{mine:9.1f} {other:9.1f} {mine / other:6.2f}x")
    return f"{label:>7} | " + " | ".join(cells)


def main() -> None:
    options = parse()
    print(f"{'':>7} | {f'prefill {options.prompt_tokens}':^27} | {f'decode {options.completion_tokens}':^27}")
    print(f"{'round':>7} | " + " | ".join(["  lmdeploy llama.cpp  ratio"] * 2), flush=True)
    rounds = []
    for number in range(options.rounds):
        # Whoever runs first may find a cooler or a busier machine: take turns at that, too.
        if number % 2 == 0:
            ours = measure_lmdeploy(options)
            theirs = measure_llama_cpp(options)
        else:
            theirs = measure_llama_cpp(options)
            ours = measure_lmdeploy(options)
        rounds.append((ours, theirs))
        print(line(str(number + 1), ours, theirs), flush=True)

    median = lambda side, phase: statistics.median(round[side][phase] for round in rounds)
    print(line("median", (median(0, 0), median(0, 1)), (median(1, 0), median(1, 1))))
    ratios = [statistics.median(ours[phase] / theirs[phase] for ours, theirs in rounds) for phase in (0, 1)]
    print(f"median of the rounds' ratios: prefill {ratios[0]:.2f}x, decode {ratios[1]:.2f}x")
    if options.json:
        Path(options.json).write_text(json.dumps({
            "model": options.model,
            "prompt_tokens": options.prompt_tokens,
            "completion_tokens": options.completion_tokens,
            "rounds": [
                {
                    "lmdeploy": {"prefill": ours[0], "decode": ours[1]},
                    "llama_cpp": {"prefill": theirs[0], "decode": theirs[1]},
                }
                for ours, theirs in rounds
            ],
            "median_ratio": {"prefill": ratios[0], "decode": ratios[1]},
        }, indent=1) + "\n")


if __name__ == "__main__":
    main()
