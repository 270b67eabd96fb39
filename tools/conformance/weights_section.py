"""Dequantised tensors of every GGUF type: ours and those of the `gguf` package, bit for bit."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy
from gguf import GGMLQuantizationType as Type

from probe import Probe, ProbeDied, ProbeError

ROWS, COLUMNS = 24, 4096

# Where the half-precision scales and offsets of a block lie.
HALVES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82],
    Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208], Type.IQ4_NL: [0], Type.IQ4_XS: [0],
}  # fmt: skip
# Zeros, subnormals, the smallest normal, ordinary values, the largest.
EDGES = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x1234, 0x9234, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF]


@dataclass
class Result:
    name: str
    blocks: int = 0
    values: int = 0
    differences: int = 0
    reports: list[str] = field(default_factory=list)


def random_blocks(kind: Type, rng: numpy.random.Generator) -> numpy.ndarray:
    """Random bytes, with finite scales; the first blocks have every pair of edge values."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=numpy.uint8)
    places = HALVES[kind]
    for index, place in enumerate(places):
        halves = rng.integers(0, 0x7C00, len(blocks), dtype=numpy.uint16)
        halves |= rng.integers(0, 2, len(blocks), dtype=numpy.uint16) << 15
        edges = numpy.array(EDGES, dtype=numpy.uint16)
        edges = numpy.repeat(edges, len(EDGES)) if index else numpy.tile(edges, len(EDGES))
        halves[: len(edges)] = edges
        blocks[:, place : place + 2] = halves.astype("<u2").view(numpy.uint8).reshape(-1, 2)
    return blocks.reshape(ROWS, -1)


def plain_values(kind: Type, rng: numpy.random.Generator) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Stored bytes and expected values; finite, as weights are."""
    if kind in (Type.F16, Type.BF16):
        exponent = 0x7C00 if kind == Type.F16 else 0x7F80
        bits = numpy.arange(ROWS * COLUMNS, dtype=numpy.uint32).astype(numpy.uint16).reshape(ROWS, COLUMNS)
        bits = numpy.where(bits & exponent == exponent, bits & ~numpy.uint16(exponent), bits).astype("<u2")
        if kind == Type.F16:
            return bits.view(numpy.uint8), bits.view("<f2").astype("<f4")
        return bits.view(numpy.uint8), (bits.astype("<u4") << 16).view("<f4")
    if kind == Type.F64:
        values = rng.standard_normal((ROWS, COLUMNS)) * 10.0 ** rng.integers(-50, 38, (ROWS, COLUMNS))
        return values.astype("<f8").view(numpy.uint8), values.astype("<f4")
    values = rng.standard_normal((ROWS, COLUMNS)).astype("<f4")
    values.flat[:6] = [0.0, -0.0, 1e-45, -1e-45, 3.4028235e38, 1.1754944e-38]
    return values.view(numpy.uint8), values


def tensors(seed: int) -> dict[Type, tuple[numpy.ndarray, numpy.ndarray]]:
    result = {}
    for kind in [Type.F32, Type.F64, Type.F16, Type.BF16, *HALVES, Type.MXFP4]:
        rng = numpy.random.default_rng([seed, kind.value])
        if kind in HALVES:
            data = random_blocks(kind, rng)
        elif kind == Type.MXFP4:
            # The scale is an exponent and has no bad values but 255, which stands for none.
            _, size = gguf.GGML_QUANT_SIZES[kind]
            blocks = rng.integers(0, 256, (ROWS * COLUMNS // 32, size), dtype=numpy.uint8)
            blocks[:, 0] = numpy.arange(len(blocks)) % 255
            data = blocks.reshape(ROWS, -1)
        else:
            result[kind] = plain_values(kind, rng)
            continue
        result[kind] = (data, gguf.quants.dequantize(data, kind).astype("<f4"))
    return result


def write(path: Path, data: dict[Type, tuple[numpy.ndarray, numpy.ndarray]]) -> dict[Type, str]:
    """A file with a layer for each type; returns the tensors' Hugging Face names."""
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(len(data))
    writer.add_context_length(64)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(COLUMNS)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b"])
    names = {}
    for layer, (kind, (stored, _)) in enumerate(data.items()):
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", stored, raw_dtype=kind)
        names[kind] = f"model.layers.{layer}.mlp.down_proj.weight"
    writer.add_tensor("token_embd.weight", numpy.zeros((2, 64), dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return names


def compare(kind: Type, expected: numpy.ndarray, found: numpy.ndarray) -> Result:
    result = Result(name=kind.name, values=expected.size)
    elements = gguf.GGML_QUANT_SIZES[kind][0]
    result.blocks = expected.size // elements
    expected, found = expected.reshape(-1), found.reshape(-1)
    if len(expected) != len(found):
        result.differences = 1
        result.reports.append(f"{len(found)} values, expected {len(expected)}")
        return result
    wrong = numpy.flatnonzero(expected.view("<u4") != found.view("<u4"))
    result.differences = len(wrong)
    for index in wrong[:4]:
        want, have = expected[index], found[index]
        result.reports.append(
            f"block {index // elements}, value {index % elements}: ours {have!r} ({have.view('<u4'):#010x}), "
            f"reference {want!r} ({want.view('<u4'):#010x})"
        )
    return result


def run(probe_path: str, folder: Path, seed: int) -> list[Result]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "types.gguf"
    results = []
    with numpy.errstate(over="ignore", invalid="ignore"):
        data = tensors(seed)
    names = write(path, data)
    with Probe(probe_path) as probe:
        for kind, (_, expected) in data.items():
            try:
                answer = probe.ask("dequantise", path=str(path), tensors=[names[kind]])["values"][0]
                results.append(compare(kind, expected, numpy.frombuffer(base64.b64decode(answer), dtype="<f4")))
            except (ProbeError, ProbeDied) as error:
                results.append(Result(name=kind.name, differences=1, reports=[str(error)]))
                if isinstance(error, ProbeDied):
                    break
    path.unlink()
    return results
