"""Small checkpoint files that PyTorch and safetensors write, and the values they hold.

For each file there is a second one with the expected values in float32, computed with PyTorch:
`NAME` and `NAME.expected.safetensors`.
"""

import io
import json
import os
import shutil
import struct
from collections import OrderedDict

import numpy
import safetensors.torch
import torch

from . import common

FOLDER = common.GOLDENS / "checkpoints"


def values(name: str, *shape: int, scale: float = 1) -> torch.Tensor:
    array = common.uniform(name, int(numpy.prod(shape))) * numpy.float32(scale)
    return torch.from_numpy(array.reshape(shape))


def write_expected(name: str, tensors: dict[str, torch.Tensor]) -> None:
    tensors = {key: tensor.to(torch.float32).contiguous().clone() for key, tensor in tensors.items()}
    safetensors.torch.save_file(tensors, FOLDER / f"{name}.expected.safetensors")


def safetensors_bytes(tensors: dict[str, torch.Tensor], names: dict[torch.dtype, str]) -> bytes:
    """A safetensors file; the package cannot write all types that the format has."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype], "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data

TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
    torch.float8_e4m3fnuz: "F8_E4M3FNUZ", torch.float8_e5m2fnuz: "F8_E5M2FNUZ",
    torch.float8_e8m0fnu: "F8_E8M0",
}


def doubles() -> torch.Tensor:
    """Values whose rounding to float32 is hard: ties, their neighbours, subnormals, the largest."""
    ties = [1 + 2.0**-24, 1 + 3 * 2.0**-24, 1 + 2.0**-24 + 2.0**-52, 1 + 2.0**-24 - 2.0**-53]
    small = [2.0**-149, 2.0**-150, 2.0**-150 * (1 + 2.0**-52), 3 * 2.0**-150, 2.0**-127 * (1 + 2.0**-23)]
    large = [3.4028234663852886e38, 3.4028235677973362e38, 2.0**127, 65504.0]
    edge = ties + small + large + [0.0]
    random = common.uniform("doubles", 242 - 2 * len(edge)).astype(numpy.float64) * numpy.pi
    return torch.tensor(edge + [-value for value in edge] + random.tolist(), dtype=torch.float64)


def element_types() -> None:
    tensors = {"F64": doubles()}
    for dtype, name in TYPES.items():
        if name.startswith("F8"):
            tensors[name] = torch.arange(256, dtype=torch.int16).to(torch.uint8).view(dtype)
    for dtype, name in ((torch.float16, "F16"), (torch.bfloat16, "BF16")):
        tensors[name] = (torch.arange(4096, dtype=torch.int32) * 16 + 3).to(torch.uint16).view(dtype)
    (FOLDER / "types.safetensors").write_bytes(safetensors_bytes(tensors, TYPES))
    write_expected("types.safetensors", tensors)


def scaled_weights() -> None:
    """8-bit floats with their scales, for blocks of 16 x 32."""
    tensors, expected = {}, {}

    def add(module: str, rows: int, columns: int, suffix: str, scale: torch.Tensor, spread) -> None:
        weight = values(module, rows, columns, scale=448).to(torch.float8_e4m3fn)
        tensors[f"{module}.weight"], tensors[f"{module}.{suffix}"] = weight, scale
        expected[f"{module}.weight"] = weight.to(torch.float32) * spread(scale.to(torch.float32))

    def blocks(scale: torch.Tensor) -> torch.Tensor:
        return scale.repeat_interleave(16, 0).repeat_interleave(32, 1)[:40, :72]

    add("blocks", 40, 72, "weight_scale_inv", values("s0", 3, 3, scale=0.01), blocks)
    add("bfloat16", 40, 72, "weight_scale", values("s1", 3, 3, scale=0.01).bfloat16(), blocks)
    add("rows", 24, 40, "weight_scale", values("s2", 24, 1, scale=0.01), lambda scale: scale)
    add("list", 24, 40, "weight_scale", values("s3", 24, scale=0.01), lambda scale: scale[:, None])
    add("one", 24, 40, "weight_scale", torch.tensor(0.0123), lambda scale: scale)
    plain = values("plain", 8, 8).to(torch.float8_e5m2)
    tensors["plain.weight"], expected["plain.weight"] = plain, plain
    tensors["one.input_scale"] = torch.tensor(1.0)
    safetensors.torch.save_file(tensors, FOLDER / "scaled.safetensors")
    write_expected("scaled.safetensors", expected)


def saved(state: dict, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer, **options)
    return buffer.getvalue()


def state_dict() -> tuple[OrderedDict, dict[str, torch.Tensor]]:
    base = values("base", 6, 10)
    weights = {
        "whole": base,
        "alias": base,
        "rows": base[2:5],
        "columns": base[:, 3:7],
        "every_second": base[1:, ::2],
        "transposed": base.t(),
        "vector": base[:, 1],
        "parameter": torch.nn.Parameter(values("parameter", 3, 4).bfloat16()),
        "scalar": torch.tensor(2.5),
        "cube": values("cube", 2, 3, 4),
        "F64": values("F64", 4).double(),
        "F16": values("F16", 5).half(),
        "F8_E4M3": values("F8", 3, 5).to(torch.float8_e4m3fn),
    }
    state = OrderedDict(weights)
    state["empty"] = torch.zeros(0, 4)
    state["embeddings.position_ids"] = torch.arange(7)
    state["h.0.attn.bias"] = torch.ones(2, 2, dtype=torch.bool)
    state._metadata = OrderedDict({"": {"version": 1}, "layer": {"version": 2}})
    return state, {name: tensor.detach() for name, tensor in weights.items()}


class Executes:
    """What an attacker puts into a pickle."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def pytorch_files() -> None:
    state, expected = state_dict()
    for protocol in (2, 3, 4, 5):
        (FOLDER / f"protocol{protocol}.bin").write_bytes(saved(state, pickle_protocol=protocol))
    wrapped = {"state_dict": OrderedDict(state)}
    (FOLDER / "wrapped.bin").write_bytes(saved(wrapped))
    write_expected("protocol2.bin", expected)
    (FOLDER / "legacy.bin").write_bytes(saved(state, _use_new_zipfile_serialization=False))
    uneven = values("uneven", 2, 3, 4).transpose(0, 1)
    (FOLDER / "uneven.bin").write_bytes(saved({"x": uneven}))
    (FOLDER / "expanded.bin").write_bytes(saved({"x": torch.ones(1).expand(8)}))
    (FOLDER / "system.bin").write_bytes(saved({"x": Executes(os.system, ("true",))}))
    (FOLDER / "eval.bin").write_bytes(saved({"x": Executes(eval, ("1",))}, pickle_protocol=4))


def meta_shards() -> None:
    """A tiny Llama in Meta's layout on two GPUs; expected values by the conversion of transformers."""
    folder = FOLDER / "meta"
    folder.mkdir(exist_ok=True)
    width, heads, groups, inner, vocabulary = 32, 4, 2, 96, 24
    params = {"dim": width, "multiple_of": 16, "n_heads": heads, "n_kv_heads": groups, "n_layers": 1,
              "norm_eps": 1e-05, "rope_theta": 500000.0, "use_scaled_rope": True, "vocab_size": -1}
    (folder / "params.json").write_text(json.dumps(params))
    head = width // heads

    def permute(weight: torch.Tensor, count: int) -> torch.Tensor:
        return weight.view(count, head // 2, 2, width).transpose(1, 2).reshape(count * head, width)

    full = {
        "tok_embeddings.weight": (values("e", vocabulary, width), 1),
        "layers.0.attention.wq.weight": (values("q", width, width), 0),
        "layers.0.attention.wk.weight": (values("k", groups * head, width), 0),
        "layers.0.attention.wv.weight": (values("v", groups * head, width), 0),
        "layers.0.attention.wo.weight": (values("o", width, width), 1),
        "layers.0.feed_forward.w1.weight": (values("1", inner, width), 0),
        "layers.0.feed_forward.w2.weight": (values("2", width, inner), 1),
        "layers.0.feed_forward.w3.weight": (values("3", inner, width), 0),
        "layers.0.attention_norm.weight": (values("a", width), None),
        "layers.0.ffn_norm.weight": (values("f", width), None),
        "norm.weight": (values("n", width), None),
        "output.weight": (values("h", vocabulary, width), 0),
        "rope.freqs": (values("r", head // 2), None),
    }
    full = {name: (tensor.bfloat16(), axis) for name, (tensor, axis) in full.items()}
    for shard in range(2):
        state = OrderedDict()
        for name, (tensor, axis) in full.items():
            part = tensor if axis is None else tensor.chunk(2, axis)[shard]
            state[name] = part.clone()
        (folder / f"consolidated.0{shard}.pth").write_bytes(saved(state))
    weights = {name: tensor for name, (tensor, _) in full.items()}
    layer = "model.layers.0."
    safetensors.torch.save_file({
        "model.embed_tokens.weight": weights["tok_embeddings.weight"],
        "model.norm.weight": weights["norm.weight"],
        "lm_head.weight": weights["output.weight"],
        layer + "self_attn.q_proj.weight": permute(weights["layers.0.attention.wq.weight"], heads),
        layer + "self_attn.k_proj.weight": permute(weights["layers.0.attention.wk.weight"], groups),
        layer + "self_attn.v_proj.weight": weights["layers.0.attention.wv.weight"],
        layer + "self_attn.o_proj.weight": weights["layers.0.attention.wo.weight"],
        layer + "mlp.gate_proj.weight": weights["layers.0.feed_forward.w1.weight"],
        layer + "mlp.down_proj.weight": weights["layers.0.feed_forward.w2.weight"],
        layer + "mlp.up_proj.weight": weights["layers.0.feed_forward.w3.weight"],
        layer + "input_layernorm.weight": weights["layers.0.attention_norm.weight"],
        layer + "post_attention_layernorm.weight": weights["layers.0.ffn_norm.weight"],
    }, FOLDER / "meta.expected.safetensors")


def main() -> None:
    common.check_versions("torch", "numpy", "safetensors")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    element_types()
    scaled_weights()
    pytorch_files()
    meta_shards()


if __name__ == "__main__":
    main()
