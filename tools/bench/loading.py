#!/usr/bin/env python3
"""Measure how fast checkpoints load, and how much memory that takes at its peak.

    loading.py --probe .build/release/LoadProbe [--gigabytes 4] [--threads 2] [--repeat 3] [FORMAT ...]

Writes a Llama model of random weights in each format (a GGUF file, or a folder with safetensors), loads it from
the page cache with LoadProbe (`swift build -c release --product LoadProbe`), prints a table, and removes it.
Exits with 1 when a format loads slower than 1 GB of the file per second, or needs more memory than 1.15 times
the packed weights and the largest tensor in fp32 together. Needs nothing but the standard library.

Every run loads the file twice. On a virtual machine that gives memory back to its host, the first load pays for
the host's pages (`first`), and so does the second when it takes longer than the host waits for free memory
(seconds); `memory` has the seconds which the system alone takes to hand out as much memory right after it was
freed. A file of 1 GB is loaded quickly enough to show what the loader itself takes.
"""

import argparse
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HIDDEN, INTERMEDIATE, VOCABULARY, HEADS, KV_HEADS = 4096, 14336, 32000, 32, 8
MINIMUM_RATE = 1e9
MEMORY_FACTOR = 1.15

# Number in GGUF files, values and bytes of a block, and where a block has fp16 scales.
BLOCKS = {
    "F32": (0, 1, 4, []), "F16": (1, 1, 2, []), "BF16": (30, 1, 2, []), "F64": (28, 1, 8, []),
    "Q4_0": (2, 32, 18, [0]), "Q4_1": (3, 32, 20, [0, 2]), "Q5_0": (6, 32, 22, [0]),
    "Q5_1": (7, 32, 24, [0, 2]), "Q8_0": (8, 32, 34, [0]),
    "Q2_K": (10, 256, 84, [80, 82]), "Q3_K": (11, 256, 110, [108]), "Q4_K": (12, 256, 144, [0, 2]),
    "Q5_K": (13, 256, 176, [0, 2]), "Q6_K": (14, 256, 210, [208]),
    "IQ4_NL": (20, 32, 18, [0]), "IQ4_XS": (23, 256, 136, [0]), "MXFP4": (39, 32, 17, []),
}  # fmt: skip
SAFETENSORS = {"F32-hf": "F32", "F16-hf": "F16", "BF16-hf": "BF16"}
# Folders of quantised models: what config.json says, and the tensors of a matrix of n outputs and k inputs.
GROUP = 128
QUANTIZED = {
    "AWQ": (
        {"quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm"},
        lambda n, k: [("qweight", "I32", [k, n // 8]), ("qzeros", "I32", [k // GROUP, n // 8]),
                      ("scales", "F16", [k // GROUP, n])],
    ),
    "GPTQ": (
        {"quant_method": "gptq", "bits": 4, "group_size": GROUP, "desc_act": False, "sym": False},
        lambda n, k: [("qweight", "I32", [k // 8, n]), ("qzeros", "I32", [k // GROUP, n // 8]),
                      ("scales", "F16", [k // GROUP, n])],
    ),
    "W8A8": (
        {"quant_method": "smooth_quant", "quant_dtype": "int8"},
        lambda n, k: [("weight", "I8", [n, k]), ("scale", "F32", [n, 1])],
    ),
}  # fmt: skip
INTEGERS = {"I32": 4, "I8": 1}
FORMATS = [*SAFETENSORS, *QUANTIZED, *(name for name in BLOCKS if name != "F64")]
PATTERN_BLOCKS = 1 << 15


def pattern(name: str) -> bytes:
    """Random blocks with plausible values; files repeat them."""
    generator = random.Random(name)
    if name in INTEGERS:
        return generator.randbytes(4 * PATTERN_BLOCKS)
    _, _, size, scales = BLOCKS[name]
    if name == "F32":
        return b"".join(struct.pack("<f", generator.gauss(0, 0.02)) for _ in range(PATTERN_BLOCKS))
    if name == "F64":
        return b"".join(struct.pack("<d", generator.gauss(0, 0.02)) for _ in range(PATTERN_BLOCKS))
    if name == "F16":
        return b"".join(struct.pack("<e", generator.gauss(0, 0.02)) for _ in range(PATTERN_BLOCKS))
    if name == "BF16":
        return b"".join(struct.pack("<f", generator.gauss(0, 0.02))[2:] for _ in range(PATTERN_BLOCKS))
    data = bytearray(generator.randbytes(size * PATTERN_BLOCKS))
    for block in range(PATTERN_BLOCKS):
        for scale in scales:
            struct.pack_into("<e", data, block * size + scale, generator.uniform(0.0001, 0.001))
        if name == "MXFP4":
            data[block * size] = 120 + generator.randrange(8)
    return bytes(data)


def byte_count(name: str, shape: list[int]) -> int:
    values = 1
    for size in shape:
        values *= size
    if name in INTEGERS:
        return values * INTEGERS[name]
    _, elements, size, _ = BLOCKS[name]
    return values // elements * size


def tensors(name: str, total: int) -> tuple[list[tuple[str, str, str, list[int]]], int]:
    """(GGUF name, Hugging Face name, type, shape) of a model of about `total` bytes, and its layers."""
    kv = HIDDEN // HEADS * KV_HEADS
    matrices = [
        ("attn_q", "self_attn.q_proj", [HIDDEN, HIDDEN]), ("attn_k", "self_attn.k_proj", [kv, HIDDEN]),
        ("attn_v", "self_attn.v_proj", [kv, HIDDEN]), ("attn_output", "self_attn.o_proj", [HIDDEN, HIDDEN]),
        ("ffn_gate", "mlp.gate_proj", [INTERMEDIATE, HIDDEN]),
        ("ffn_up", "mlp.up_proj", [INTERMEDIATE, HIDDEN]),
        ("ffn_down", "mlp.down_proj", [HIDDEN, INTERMEDIATE]),
    ]  # fmt: skip
    if name in QUANTIZED:
        parts = [
            (short, f"{long}.{suffix}", kind, sizes)
            for short, long, shape in matrices
            for suffix, kind, sizes in QUANTIZED[name][1](*shape)
        ]
        name = "F16"
    else:
        parts = [(short, f"{long}.weight", name, shape) for short, long, shape in matrices]
    layer = sum(byte_count(kind, shape) for _, _, kind, shape in parts)
    vocabulary = [VOCABULARY, HIDDEN]
    layers = max(1, (total - 2 * byte_count(name, vocabulary)) // layer)
    result = [("token_embd.weight", "model.embed_tokens.weight", name, vocabulary)]
    for index in range(layers):
        gguf, folder = f"blk.{index}.", f"model.layers.{index}."
        result.append((gguf + "attn_norm.weight", folder + "input_layernorm.weight", "F32", [HIDDEN]))
        result.append((gguf + "ffn_norm.weight", folder + "post_attention_layernorm.weight", "F32", [HIDDEN]))
        for short, long, kind, shape in parts:
            result.append((f"{gguf}{short}.weight", folder + long, kind, shape))
    result.append(("output_norm.weight", "model.norm.weight", "F32", [HIDDEN]))
    result.append(("output.weight", "lm_head.weight", name, vocabulary))
    return result, layers


def write_data(file, patterns: dict[str, bytes], name: str, count: int) -> None:
    data = patterns.setdefault(name, pattern(name))
    for start in range(0, count, len(data)):
        file.write(data[: min(len(data), count - start)])


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def write_gguf(path: Path, name: str, total: int) -> None:
    entries, layers = tensors(name, total)
    words = [f"t{index}" for index in range(VOCABULARY)]
    numbers = {
        "embedding_length": HIDDEN, "feed_forward_length": INTERMEDIATE, "block_count": layers,
        "context_length": 4096, "attention.head_count": HEADS, "attention.head_count_kv": KV_HEADS,
        "vocab_size": VOCABULARY,
    }  # fmt: skip
    pairs = [text("general.architecture") + struct.pack("<I", 8) + text("llama")]
    pairs += [text("llama." + key) + struct.pack("<II", 4, value) for key, value in numbers.items()]
    pairs.append(text("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", 6, 1e-5))
    pairs.append(text("tokenizer.ggml.model") + struct.pack("<I", 8) + text("gpt2"))
    pairs.append(
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(words)) + b"".join(map(text, words))
    )
    header = b"GGUF" + struct.pack("<IQQ", 3, len(entries), len(pairs)) + b"".join(pairs)
    offset = 0
    for gguf, _, kind, shape in entries:
        header += text(gguf) + struct.pack("<I", len(shape))
        header += b"".join(struct.pack("<Q", size) for size in reversed(shape))
        header += struct.pack("<IQ", BLOCKS[kind][0], offset)
        offset += (byte_count(kind, shape) + 31) // 32 * 32
    patterns: dict[str, bytes] = {}
    with path.open("wb") as file:
        file.write(header + bytes(-len(header) % 32))
        for _, _, kind, shape in entries:
            count = byte_count(kind, shape)
            write_data(file, patterns, kind, count)
            file.write(bytes(-count % 32))


def write_folder(path: Path, name: str, total: int) -> None:
    entries, layers = tensors(name, total)
    path.mkdir()
    config = {
        "architectures": ["LlamaForCausalLM"], "hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": layers, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "vocab_size": VOCABULARY, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
        "hidden_act": "silu", "tie_word_embeddings": False,
    }  # fmt: skip
    if name in QUANTIZED:
        config["quantization_config"] = QUANTIZED[name][0]
    (path / "config.json").write_text(json.dumps(config))
    header, offset = {}, 0
    for _, tensor, kind, shape in entries:
        end = offset + byte_count(kind, shape)
        header[tensor] = {"dtype": kind, "shape": shape, "data_offsets": [offset, end]}
        offset = end
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    patterns: dict[str, bytes] = {}
    with (path / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for _, _, kind, shape in entries:
            write_data(file, patterns, kind, byte_count(kind, shape))


def measure(arguments: argparse.Namespace, name: str) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="lmdeploy-loading-", dir=arguments.folder))
    try:
        total = int(arguments.gigabytes * 1e9)
        is_folder = name in SAFETENSORS or name in QUANTIZED
        path = folder / ("model" if is_folder else "model.gguf")
        if is_folder:
            write_folder(path, SAFETENSORS.get(name, name), total)
        else:
            write_gguf(path, name, total)
        command = [arguments.probe, str(path), str(arguments.threads)]
        runs = []
        for _ in range(arguments.repeat):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(f"{name}: {done.stdout}{done.stderr}")
            runs.append(json.loads(done.stdout))
    finally:
        shutil.rmtree(folder)
    best = min(runs, key=lambda run: run["seconds"])
    rate = best["sourceBytes"] / best["seconds"]
    bound = best["weightBytes"] + best["largestTensorFloatBytes"]
    factor = max(run["peakResidentBytes"] for run in runs) / bound
    good = rate >= MINIMUM_RATE and factor <= MEMORY_FACTOR
    print(
        f"{name:8} {best['sourceBytes'] / 1e9:7.2f} {best['weightBytes'] / 1e9:8.2f} {best['seconds']:8.2f}"
        f" {best['userSeconds']:7.2f} {best['systemSeconds']:7.2f} {best['firstSeconds']:7.2f}"
        f" {best['touchSeconds']:7.2f} {rate / 1e9:7.2f} {best['peakResidentBytes'] / 1e9:9.2f} {factor:8.3f}"
        f"   {best['conversions']}{'' if good else '   <- outside the limits'}",
        flush=True,
    )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"of {', '.join(FORMATS)}; default: all")
    parser.add_argument("--probe", default=".build/release/LoadProbe", help="the program that loads")
    parser.add_argument("--gigabytes", type=float, default=4, help="size of each file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3, help="loads per format, of which the fastest counts")
    parser.add_argument("--folder", default=None, help="where the files are written")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.formats if name not in FORMATS]
    if unknown:
        parser.error(f"unknown format {unknown[0]}; known are {', '.join(FORMATS)}")
    if not os.access(arguments.probe, os.X_OK):
        parser.error(f"{arguments.probe} is missing: swift build -c release --product LoadProbe")
    print(
        "format   file GB  held GB  seconds    user  system   first  memory    GB/s   peak GB   /bound"
        "   conversions"
    )
    results = [measure(arguments, name) for name in arguments.formats or FORMATS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
