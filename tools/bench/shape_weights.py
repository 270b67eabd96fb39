"""Shapes of models, and random weights for them."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

# Values of a tensor that are converted at a time: 64 MiB as fp32.
CHUNK_VALUES = 1 << 24
AWQ_GROUP = 128
# AWQ's kernels want the eight values of a 32-bit word in this order.
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


@dataclass(frozen=True)
class Shape:
    architecture: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocabulary: int
    # Whether the output head is the embedding, and whether queries, keys and values have a bias.
    tied: bool = False
    bias: bool = False
    rope_theta: float = 10000.0
    norm_epsilon: float = 1e-5
    context: int = 4096

    @property
    def head_size(self) -> int:
        return self.hidden // self.heads


SHAPES = {
    # Small enough to try every engine in seconds.
    "tiny": Shape("llama", 2, 256, 512, 4, 2, 1024),
    # Qwen2.5-0.5B
    "0.5B": Shape("qwen2", 24, 896, 4864, 14, 2, 151936, tied=True, bias=True, rope_theta=1e6, norm_epsilon=1e-6),
    # InternLM2-1.8B
    "1.8B": Shape("llama", 24, 2048, 8192, 16, 8, 92544, rope_theta=1e6),
    # Llama-2-7B
    "7B": Shape("llama", 32, 4096, 11008, 32, 32, 32000),
}


@dataclass(frozen=True)
class Tensor:
    """`kind` is linear, embedding, head, norm or bias; `heads` is set where rotation pairs rows of a head."""

    folder_name: str
    gguf_name: str
    kind: str
    rows: int
    columns: int | None = None
    heads: int | None = None

    @property
    def shape(self) -> list[int]:
        return [self.rows] if self.columns is None else [self.rows, self.columns]


def tensors(shape: Shape) -> Iterator[Tensor]:
    kv = shape.kv_heads * shape.head_size
    yield Tensor("model.embed_tokens", "token_embd", "embedding", shape.vocabulary, shape.hidden)
    attention = [
        ("q_proj", "attn_q", shape.hidden, shape.hidden, shape.heads),
        ("k_proj", "attn_k", kv, shape.hidden, shape.kv_heads),
        ("v_proj", "attn_v", kv, shape.hidden, None),
        ("o_proj", "attn_output", shape.hidden, shape.hidden, None),
    ]
    mlp = [
        ("gate_proj", "ffn_gate", shape.intermediate, shape.hidden),
        ("up_proj", "ffn_up", shape.intermediate, shape.hidden),
        ("down_proj", "ffn_down", shape.hidden, shape.intermediate),
    ]
    for layer in range(shape.layers):
        long, short = f"model.layers.{layer}.", f"blk.{layer}."
        yield Tensor(long + "input_layernorm", short + "attn_norm", "norm", shape.hidden)
        for name, gguf, rows, columns, heads in attention:
            yield Tensor(long + "self_attn." + name, short + gguf, "linear", rows, columns, heads)
            if shape.bias and name != "o_proj":
                yield Tensor(long + "self_attn." + name, short + gguf, "bias", rows, None, heads)
        yield Tensor(long + "post_attention_layernorm", short + "ffn_norm", "norm", shape.hidden)
        for name, gguf, rows, columns in mlp:
            yield Tensor(long + "mlp." + name, short + gguf, "linear", rows, columns)
    yield Tensor("model.norm", "output_norm", "norm", shape.hidden)
    if not shape.tied:
        yield Tensor("lm_head", "output", "head", shape.vocabulary, shape.hidden)


def integers(tensor: Tensor, seed: int) -> numpy.ndarray:
    """-127...127, the same for the same name, kind and seed: exact in every float type times a power of two."""
    if tensor.kind == "norm":
        return numpy.full(tensor.shape, 64, numpy.int8)
    key = f"{seed} {tensor.folder_name} {tensor.kind}".encode()
    generator = numpy.random.Generator(numpy.random.SFC64(list(hashlib.sha256(key).digest())))
    return generator.integers(-127, 128, tensor.shape, numpy.int8)


def scale(tensor: Tensor) -> float:
    """What an integer of the tensor counts for; rows of matrices have a length of about one."""
    if tensor.kind == "norm":
        return 1 / 64
    if tensor.kind == "bias":
        return 2.0**-10
    if tensor.kind == "embedding":
        return 2.0**-7
    deviation = 127 / math.sqrt(3)
    return 2.0 ** round(-math.log2(deviation * math.sqrt(tensor.columns)))


def chunks(tensor: Tensor, values: numpy.ndarray) -> Iterator[numpy.ndarray]:
    """The weights as fp32, some rows at a time."""
    rows = max(1, CHUNK_VALUES // (tensor.columns or 1))
    for start in range(0, tensor.rows, rows):
        yield values[start : start + rows].astype(numpy.float32) * numpy.float32(scale(tensor))


def bfloat16(values: numpy.ndarray) -> numpy.ndarray:
    """The upper halves of fp32 values that are exact in bfloat16."""
    return (values.view(numpy.uint32) >> 16).astype(numpy.uint16)


def rotated_in_neighbours(tensor: Tensor, values: numpy.ndarray) -> numpy.ndarray:
    """Rows in the order of GGUF's Llama files, where rotation pairs neighbours instead of a head's halves."""
    halves = values.reshape(tensor.heads, 2, tensor.rows // tensor.heads // 2, -1)
    return halves.swapaxes(1, 2).reshape(values.shape)


def awq(tensor: Tensor, values: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """AWQ's three tensors of a linear layer: 4 bits with a zero point, in groups along the inputs."""
    weights = numpy.concatenate(list(chunks(tensor, values))).T.reshape(-1, AWQ_GROUP, tensor.rows)
    low, high = weights.min(axis=1, keepdims=True), weights.max(axis=1, keepdims=True)
    steps = ((high - low) / 15).astype(numpy.float16)
    zeros = numpy.clip(numpy.rint(-low / steps), 0, 15)
    quantized = numpy.clip(numpy.rint(weights / steps) + zeros, 0, 15)

    def packed(nibbles: numpy.ndarray) -> numpy.ndarray:
        words = nibbles.astype(numpy.uint32).reshape(-1, tensor.rows // 8, 8)
        result = numpy.zeros(words.shape[:2], numpy.uint32)
        for position, column in enumerate(AWQ_ORDER):
            result |= words[:, :, column] << numpy.uint32(4 * position)
        return result.view(numpy.int32)

    return {
        "qweight": packed(quantized.reshape(tensor.columns, tensor.rows)),
        "qzeros": packed(zeros[:, 0]),
        "scales": steps[:, 0],
    }
