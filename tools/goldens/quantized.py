"""Tiny models whose linear layers were quantised, in the files that quantisers write.

Each folder has the model's files, written by the packers below, and `golden.json`: checksums of the weights that
the files stand for, and logits that transformers computes with these weights in float32.
"""

import json
import shutil
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy
import torch

from . import common, models
from .checkpoints import safetensors_bytes
from .tiny_specs import Spec, llama, qwen2

FOLDER = common.GOLDENS / "quantized"
LENGTH = 70
POSITIONS = (0, 7, 63, 64, 69)
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int32: "I32",
         torch.int64: "I64", torch.int8: "I8", torch.float8_e4m3fn: "F8_E4M3"}


# MARK: Packers: q is [outputs, inputs], scales and zeros are [outputs, groups]

def words(values: torch.Tensor, bits: int) -> torch.Tensor:
    """The last dimension's values in 32-bit words, the first in the lowest bits."""
    shape = (*values.shape[:-1], -1, 32 // bits)
    shifts = torch.arange(0, 32, bits)
    packed = (values.to(torch.int64).reshape(shape) << shifts).sum(-1)
    return torch.where(packed >= 1 << 31, packed - (1 << 32), packed).to(torch.int32).contiguous()


def pack_awq(q, scales, zeros, bits: int) -> dict:
    order = torch.tensor(AWQ_ORDER)

    def columns(values):
        return words(values.reshape(values.shape[0], -1, 8)[..., order].reshape(values.shape), bits)

    return {"qweight": columns(q.T), "qzeros": columns(zeros.T), "scales": scales.T.contiguous()}


def pack_gptq(q, scales, zeros, bits: int, less: int, order: bool = True) -> dict:
    """`less` is 1 in the first format: zero points are stored less one, with a borrow between those of a word."""
    one = sum(1 << shift for shift in range(0, 32, bits)) * less
    stored = (words(zeros.T, bits).to(torch.int64) - one) & 0xFFFFFFFF
    stored = torch.where(stored >= 1 << 31, stored - (1 << 32), stored).to(torch.int32)
    group = q.shape[1] // scales.shape[1]
    result = {"qweight": words(q, bits).T.contiguous(), "qzeros": stored, "scales": scales.T.contiguous()}
    if order:
        result["g_idx"] = (torch.arange(q.shape[1]) // group).to(torch.int32)
    return result


def pack_compressed(q, scales, zeros, bits: int, zero_points: str = "none") -> dict:
    result = {"weight_packed": words(q, bits), "weight_scale": scales.contiguous(),
              "weight_shape": torch.tensor(q.shape, dtype=torch.int64)}
    if zero_points == "packed":
        result["weight_zero_point"] = words(zeros.T, bits).T.contiguous()
    if zero_points == "bytes":
        result["weight_zero_point"] = (zeros - (1 << bits - 1)).to(torch.int8).contiguous()
    return result


def pack_bytes(q, scales, zeros, name: str) -> dict:
    return {"weight": (q - zeros[:, :1]).to(torch.int8), name: scales.contiguous()}


# MARK: Quantising

def quantise(values: torch.Tensor, name: str, bits: int, group: int, symmetric: bool, dtype) -> tuple:
    """Round to nearest. What matters here is that scales and zero points differ from group to group."""
    rows, inputs = values.shape
    groups = values.reshape(rows, -1, inputs if group == -1 else group)
    levels = (1 << bits) - 1
    if not symmetric:
        # Zero points from one end of the range to the other.
        shift = torch.from_numpy(common.uniform(name + "/shift", rows * groups.shape[1]))
        groups = groups + groups.abs().amax() * 1.1 * shift.reshape(rows, -1, 1)
    low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
    if symmetric:
        scales = (groups.abs().amax(-1) / (levels // 2)).to(dtype)
        zeros = torch.full_like(scales, 1 << bits - 1).to(torch.int64)
    else:
        scales = ((high - low) / levels).to(dtype)
        zeros = (-low / scales.float()).round().clamp(0, levels).to(torch.int64)
    steps = (groups / scales.float()[..., None]).round().to(torch.int64) + zeros[..., None]
    q = steps.clamp(0, levels).reshape(rows, inputs)
    return q, scales, zeros


def dequantised(q, scales, zeros) -> torch.Tensor:
    """(q - zero) * scale, exact in float32."""
    rows, inputs = q.shape
    steps = q.reshape(rows, scales.shape[1], -1) - zeros[..., None]
    return (steps.float() * scales.float()[..., None]).reshape(rows, inputs)


def held(q, scales, zeros, layout: str) -> torch.Tensor:
    """The weights as the packed formats have them: with 4 bits, q * scale + offset, both fp16."""
    rows, inputs = q.shape
    if not layout.startswith("w4"):
        return dequantised(q, scales if layout == "w8" else scales.half(), zeros)
    halves = scales.half().float()
    offsets = (-zeros.float() * halves).half().float()
    groups = q.reshape(rows, scales.shape[1], -1).float()
    return (groups * halves[..., None] + offsets[..., None]).reshape(rows, inputs)


# MARK: Models

@dataclass
class Case:
    name: str
    description: str
    config: dict
    pack: callable
    quantization: dict | None
    bits: int = 4
    group: int = 32
    symmetric: bool = False
    scale_type: torch.dtype = torch.float16
    # Formats of linear layers by the number of inputs.
    formats: dict = field(default_factory=dict)
    skipped: tuple = ()
    zero_biases: bool = False
    companion: tuple | None = None
    shards: int = 0
    float8: bool = False


def sizes(make, hidden: int, inner: int, **changes) -> dict:
    changes = {"tie_word_embeddings": False, **changes}
    return make(
        hidden_size=hidden, intermediate_size=inner, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=64, torch_dtype="float16", rope_theta=10000.0, **changes)


def awq(group: int, **others) -> dict:
    return {"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True, **others}


def gptq(group: int, **others) -> dict:
    return {"quant_method": "gptq", "bits": 4, "group_size": group, "desc_act": False, **others}


def compressed(format: str, bits: int, group: int | None, symmetric: bool, **others) -> dict:
    weights = {"num_bits": bits, "type": "int", "symmetric": symmetric, "group_size": group,
               "strategy": "group" if group else "channel", "actorder": None, "dynamic": False}
    scheme = {"targets": ["Linear"], "weights": weights, "input_activations": None, **others}
    return {"quant_method": "compressed-tensors", "format": format, "config_groups": {"group_0": scheme},
            "ignore": ["lm_head"], "quantization_status": "compressed"}


DYNAMIC = {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "token", "dynamic": True}

CASES = [
    Case("awq-g128", "AWQ in groups of 128.", sizes(llama, 128, 128), pack_awq,
         awq(128, version="gemm", modules_to_not_convert=["lm_head"]), group=128,
         formats={128: "w4 g128"}),
    Case("awq-qwen2-g64", "AWQ without a version, some layers left as they were; biases; a tied head.",
         sizes(qwen2, 64, 128, tie_word_embeddings=True), pack_awq,
         awq(64, modules_to_not_convert=["down_proj"]), group=64, formats={64: "w4 g64"},
         skipped=("down_proj",)),
    Case("awq-bare", "AWQ as of January 2024: PyTorch files, and a configuration that does not say so.",
         sizes(llama, 128, 128), pack_awq, None, group=128, formats={128: "w4 g128"}, shards=2),
    Case("gptq-g32", "GPTQ in its first format, with zero points of all values, and biases of zeros.",
         sizes(llama, 64, 96), lambda *parts: pack_gptq(*parts, less=1), gptq(32, sym=False),
         formats={64: "w4 g32", 96: "w4 g32"}, zero_biases=True),
    Case("gptq-file-g128", "GPTQ described by a file of its own.",
         sizes(llama, 128, 128), lambda *parts: pack_gptq(*parts, less=1, order=False), None, group=128,
         symmetric=True, formats={128: "w4 g128"},
         companion=("quantize_config.json", gptq(128, sym=True))),
    Case("gptq-v2-g64", "GPTQ in its second format; desc_act is set, but the order is the inputs' own.",
         sizes(qwen2, 64, 128), lambda *parts: pack_gptq(*parts, less=0),
         gptq(64, sym=False, checkpoint_format="gptq_v2") | {"desc_act": True}, group=64,
         formats={64: "w4 g64", 128: "w4 g64"}),
    Case("gptq-columns", "GPTQ with one scale for each output; 88 inputs are no multiple of 32.",
         sizes(llama, 64, 88), lambda *parts: pack_gptq(*parts, less=1), gptq(-1, sym=False), group=-1,
         formats={64: "w4 g64", 88: "w8"}),
    Case("gptq-8bit", "GPTQ of 8 bits.", sizes(llama, 64, 96),
         lambda *parts: pack_gptq(*parts, less=1), gptq(32, sym=True) | {"bits": 8}, bits=8,
         symmetric=True, formats={64: "w8 g32", 96: "w8 g32"}),
    Case("compressed-g32", "compressed-tensors of 4 bits without zero points, scales in bf16.",
         sizes(llama, 64, 96), pack_compressed, compressed("pack-quantized", 4, 32, True), symmetric=True,
         scale_type=torch.bfloat16, formats={64: "w4 g32", 96: "w4 g32"}),
    Case("compressed-asymmetric-g128", "compressed-tensors of 4 bits with packed zero points.",
         sizes(qwen2, 128, 128), lambda *parts: pack_compressed(*parts, zero_points="packed"),
         compressed("pack-quantized", 4, 128, False), group=128, scale_type=torch.bfloat16,
         formats={128: "w4 g128"}),
    Case("compressed-channel", "compressed-tensors of 4 bits, one scale and zero point for each output.",
         sizes(llama, 64, 96), lambda *parts: pack_compressed(*parts, zero_points="bytes"),
         compressed("pack-quantized", 4, None, False), group=-1, formats={64: "w4 g64", 96: "w4 g32"}),
    Case("compressed-w8a8", "compressed-tensors of 8 bits for inputs of 8 bits.",
         sizes(qwen2, 64, 96), lambda q, s, z, bits: pack_bytes(q, s, z, "weight_scale"),
         compressed("int-quantized", 8, None, True, input_activations=DYNAMIC), bits=8, group=-1,
         symmetric=True, scale_type=torch.bfloat16, formats={64: "w8 g64", 96: "w8 g32"}),
    Case("compressed-packed8-g64", "compressed-tensors of 8 bits in words, in groups.",
         sizes(llama, 64, 128), pack_compressed, compressed("pack-quantized", 8, 64, True), bits=8,
         group=64, symmetric=True, formats={64: "w8 g64", 128: "w8 g64"}),
    Case("smooth-int8", "LMDeploy's smooth_quant.", sizes(llama, 64, 88),
         lambda q, s, z, bits: pack_bytes(q, s, z, "scale"),
         {"quant_method": "smooth_quant", "quant_dtype": "int8"}, bits=8, group=-1, symmetric=True,
         scale_type=torch.float32, formats={64: "w8", 88: "w8"}),
    Case("smooth-fp8", "LMDeploy's smooth_quant with 8-bit floats.", sizes(llama, 64, 88), None,
         {"quant_method": "smooth_quant", "quant_dtype": "float8_e4m3fn"}, float8=True),
]


def is_quantised(case: Case, name: str) -> bool:
    return "_proj.weight" in name and not any(part in name for part in case.skipped)


def convert(case: Case, spec: Spec) -> tuple[OrderedDict, dict, list]:
    """The tensors of the files, the parameters they stand for, and the checksums of the quantised ones."""
    stored, parameters, checks = OrderedDict(), {}, []
    for tensor in spec.tensors:
        values = torch.from_numpy(models.values(tensor))
        if not is_quantised(case, tensor.name):
            stored[tensor.name] = values.half()
            parameters[tensor.name] = values.half().float()
            continue
        module = tensor.name.removesuffix(".weight")
        if case.float8:
            scale = values.abs().amax(1, keepdim=True) / 448
            stored[tensor.name] = (values / scale).to(torch.float8_e4m3fn)
            stored[f"{module}.scale"] = scale
            parameters[tensor.name] = stored[tensor.name].float() * scale
            expected = parameters[tensor.name].bfloat16().float()
            layout = "bf16"
        else:
            parts = quantise(values, tensor.name, case.bits, case.group, case.symmetric, case.scale_type)
            for suffix, part in case.pack(*parts, case.bits).items():
                stored[f"{module}.{suffix}"] = part
            parameters[tensor.name] = dequantised(*parts)
            layout = case.formats[tensor.shape[1]]
            expected = held(*parts, layout)
        checks.append({"name": tensor.name, "shape": tensor.shape, "format": layout,
                       "float32": checksum(parameters[tensor.name]), "held": checksum(expected)})
        if case.zero_biases and f"{module}.bias" not in {other.name for other in spec.tensors}:
            stored[f"{module}.bias"] = torch.zeros(tensor.shape[0], dtype=torch.float16)
    return stored, parameters, checks


def checksum(values: torch.Tensor) -> str:
    return f"{common.fnv1a64(values.contiguous().numpy().astype('<f4').tobytes()):016x}"


def write(case: Case, stored: OrderedDict) -> None:
    folder = FOLDER / case.name
    folder.mkdir(parents=True)
    config = dict(case.config)
    if case.quantization is not None:
        config["quantization_config"] = case.quantization
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if case.companion is not None:
        (folder / case.companion[0]).write_text(json.dumps(case.companion[1], indent=2) + "\n")
    if case.shards == 0:
        (folder / "model.safetensors").write_bytes(safetensors_bytes(stored, TYPES))
        return
    names, files = list(stored), {}
    for shard in range(case.shards):
        file = f"pytorch_model-{shard + 1:05}-of-{case.shards:05}.bin"
        part = OrderedDict((name, stored[name]) for name in names[shard :: case.shards])
        torch.save(part, folder / file)
        files |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": dict(sorted(files.items()))}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1) + "\n")


def generate(case: Case) -> None:
    spec = Spec(case.name, case.description, case.config, {"rope_type": "default", "rope_theta": 10000.0})
    stored, parameters, checks = convert(case, spec)
    write(case, stored)
    model = models.load(spec, spec.config, "F32", parameters)
    run = models.run(spec, model, "F32", LENGTH, POSITIONS)
    common.write_json(FOLDER / case.name / "golden.json", {
        "description": case.description,
        "versions": common.versions("torch", "transformers", "numpy"),
        "weights": checks,
        "prompt": run["prompt"],
        "logits": run["logits"],
        "greedy": run["greedy"],
    })


def main() -> None:
    common.check_versions("torch", "transformers", "numpy")
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for case in CASES:
        generate(case)


if __name__ == "__main__":
    main()
