#!/usr/bin/env python3
"""Compare the speed of lmdeploy and other engines on the same weights, interleaved.

Shared machines change speed from minute to minute. So every measurement of another engine stands between two of
ours, a sample is the ratio of their mean to it, and what counts is the median of a cell's ratios. All engines get
the same number of threads and prompts of random tokens, and do not stop at ends of sequences.

    peers.py --gguf 0.5B-Q4_0.gguf --folder 0.5B-BF16 --llama-cpp llama.cpp/build/bin \\
        --openvino openvino/bin/python --vllm vllm/bin/python --rounds 3 --json 0.5B.json

Cells are the prompt of 512 tokens of one reply, and replies of 64 tokens after prompts of 128, 1, 8 and 32 at a
time. With --json, measurements are added to those in the file, and the table is about all of them: long comparisons
can be taken in pieces (`--cells`, `--rounds 1`). An engine that is not given, or fails, is named under the table.

docs/benchmarks.md tells how to get the engines, shapes.py writes models.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

import peer_report
from peer_engines import Cell, EngineError, LlamaCpp, LMDeploy, PythonEngine, run, settle

CELLS = {
    "prefill": Cell(batch=1, prompt=512, completion=1),
    "b1": Cell(batch=1, prompt=128, completion=64),
    "b8": Cell(batch=8, prompt=128, completion=64),
    "b32": Cell(batch=32, prompt=128, completion=64),
}
# Longer than any cell's sequence, so that no engine plans for more.
SESSION_TOKENS = 1024


def processors() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def ceilings(program: str, threads: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "machine.json"
        run([program, "benchmark", "machine", "--threads", str(threads), "--json", str(report)])
        return json.loads(report.read_text())


def preloaded(python: str | None) -> dict[str, str]:
    """Intel's OpenMP, which vLLM asks for and installs but does not load by itself."""
    library = Path(python or "").parent.parent / "lib/libiomp5.so"
    return {"LD_PRELOAD": str(library)} if library.is_file() else {}


def contenders(options: argparse.Namespace) -> tuple[list, dict[str, str]]:
    """The peers that can be measured, and why the others cannot."""
    found, left_out = [], {}
    ours, threads = options.lmdeploy, options.threads
    binding = ",".join(map(str, processors()[:threads]))
    vllm = preloaded(options.vllm) | {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": binding,
        "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR",
    }  # fmt: skip

    def llama_cpp(name: str, folder: str, model: str, bench: list[str], batched: list[str]) -> LlamaCpp:
        return LlamaCpp(name, folder, model, threads, bench, batched)

    def python(name: str, kind: str, interpreter: str, model: str, dtype: str, environment=None) -> PythonEngine:
        return PythonEngine(name, kind, interpreter, model, threads, dtype, environment)

    # Name, the option with the engine, the option with the model, and how to make it of both.
    known = [
        ("llama.cpp", "llama_cpp", "gguf", lambda name, engine, model: llama_cpp(name, engine, model, [], [])),
        ("llama.cpp AVX2", "llama_cpp_avx2", "gguf",
         lambda name, engine, model: llama_cpp(name, engine, model, [], [])),
        ("ik_llama.cpp", "ik_llama_cpp", "gguf",
         lambda name, engine, model: llama_cpp(name, engine, model, ["-rtr", "1"], ["-rtr"])),
        ("OpenVINO GenAI", "openvino", "gguf",
         lambda name, engine, model: python(name, "openvino", engine, model, "auto")),
        (f"vLLM {options.folder_dtype}", "vllm", "folder",
         lambda name, engine, model: python(name, "vllm", engine, model, options.folder_dtype, vllm)),
        ("vLLM AWQ", "vllm", "awq",
         lambda name, engine, model: python(
             name, "vllm", engine, model, "bfloat16", vllm | {"VLLM_CPU_INT4_W4A8": "1"})),
        (f"transformers {options.folder_dtype}", "transformers", "folder",
         lambda name, engine, model: python(name, "transformers", engine, model, options.folder_dtype)),
    ]  # fmt: skip
    for name, engine_option, model_option, make in known:
        engine, model = getattr(options, engine_option), getattr(options, model_option)
        missing = [
            "--" + option.replace("_", "-")
            for option, value in ((engine_option, engine), (model_option, model))
            if value is None
        ]
        if missing:
            left_out[name] = f"no {' and no '.join(missing)}"
        else:
            found.append(make(name, engine, model))
    return found, left_out


def measure(
    ours: LMDeploy, peers: list, cell: Cell, repeats: int, left_out: dict[str, str], samples: list[dict]
) -> None:
    """Add one sample of each peer, between two measurements of ours."""
    before = ours.measure(cell, repeats)
    for peer in list(peers):
        settle()
        try:
            theirs = peer.measure(cell, repeats)
        except EngineError as error:
            # It may still be able to do what is smaller.
            left_out.setdefault(f"{peer.name}, {cell}", str(error))
            print(f"{peer.name} cannot do {cell}: {error}", file=sys.stderr)
            continue
        settle()
        after = ours.measure(cell, repeats)
        sample = {"cell": str(cell), "engine": peer.name, "ours": [before, after], "peer": theirs}
        samples.append(sample)
        print(
            f"{cell}: {ours.name} {before:.1f} and {after:.1f}, {peer.name} {theirs:.1f}: "
            f"{peer_report.ratio(sample):.2f}",
            flush=True,
        )
        before = after


def compare(options: argparse.Namespace) -> dict:
    ours = LMDeploy(
        "lmdeploy", options.lmdeploy, options.model or options.gguf, options.threads,
        ["--session-len", str(SESSION_TOKENS), *options.lmdeploy_flags],
    )  # fmt: skip
    peers, left_out = contenders(options)
    started = []
    samples = []
    reports = [ceilings(options.lmdeploy, options.threads)]
    try:
        for peer in peers:
            try:
                peer.start()
                started.append(peer)
            except EngineError as error:
                left_out[peer.name] = str(error)
                print(f"{peer.name} does not start: {error}", file=sys.stderr)
                peer.stop()
        for number in range(options.rounds):
            # Who comes early may find a cooler machine: take turns at that, too.
            order = started if number % 2 == 0 else started[::-1]
            for name in options.cells:
                measure(ours, order, CELLS[name], options.repeats, left_out, samples)
    except KeyboardInterrupt:
        print("interrupted: the samples so far count", file=sys.stderr)
    finally:
        for peer in started:
            peer.stop()
    reports.append(ceilings(options.lmdeploy, options.threads))
    return {
        "name": options.name, "ceilings": reports, "left_out": left_out, "samples": samples,
        "versions": {peer.name: peer.version for peer in started if peer.version},
    }  # fmt: skip


def located(name: str) -> str:
    """Programs run elsewhere; what is no file may be the name of a model."""
    return os.path.abspath(name) if os.path.exists(name) else name


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    models = parser.add_argument_group("models, all of the same weights")
    models.add_argument("--gguf", type=located, help="for llama.cpp, ik_llama.cpp, OpenVINO and ours")
    models.add_argument("--folder", type=located, help="Hugging Face folder for vLLM and transformers")
    models.add_argument("--awq", type=located, help="the same as AWQ in 4 bits, for vLLM")
    models.add_argument("--model", type=located, help="for ours instead of the GGUF file")
    models.add_argument("--name", help="what the table calls this comparison (default: our model and flags)")
    models.add_argument("--folder-dtype", default="bfloat16", help="what vLLM and transformers compute --folder in")
    engines = parser.add_argument_group("engines")
    engines.add_argument("--lmdeploy", type=located, default=".build/release/lmdeploy", help="our program")
    engines.add_argument("--lmdeploy-flags", default="", help='more flags for it, such as "--dtype w4"')
    engines.add_argument("--llama-cpp", type=located, help="folder with llama-bench and llama-batched-bench")
    engines.add_argument("--llama-cpp-avx2", type=located, help="the same, built for AVX2 only")
    engines.add_argument("--ik-llama-cpp", type=located, help="the same of ik_llama.cpp")
    for name in ("openvino", "vllm", "transformers"):
        engines.add_argument(f"--{name}", type=located, help="a Python that has it", metavar="PYTHON")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--rounds", type=int, default=3, help="samples of each cell and peer (default 3)")
    parser.add_argument("--repeats", type=int, default=2, help="runs within a measurement (default 2)")
    parser.add_argument("--threads", type=int, default=len(processors()), help="of every engine")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add the measurements to this file")
    options = parser.parse_args()
    options.lmdeploy_flags = shlex.split(options.lmdeploy_flags)
    model = options.model or options.gguf
    if model is None:
        parser.error("--gguf or --model is needed")
    if options.rounds < 1 or options.repeats < 1 or options.threads < 1:
        parser.error("--rounds, --repeats and --threads are at least 1")
    options.name = options.name or " ".join([Path(model).name, *options.lmdeploy_flags])
    return options


def main() -> None:
    options = parse()
    # An end from outside is an interruption like any other.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = []
    if options.json and options.json.exists():
        runs = json.loads(options.json.read_text())
    try:
        runs.append(compare(options))
    except EngineError as error:
        sys.exit(str(error))
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1) + "\n")
    print("\n" + peer_report.text(runs))


if __name__ == "__main__":
    main()
