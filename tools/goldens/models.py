"""Goldens of the tiny models: logits and greedy continuations from Hugging Face transformers.

The checkpoints themselves are not stored. `tiny_specs` gives each tensor a name, a shape and a scale,
and `common.uniform` fills it; `TinyCheckpoint` in Sources/TestSupport does the same in Swift.
"""

import json
import tempfile
from pathlib import Path

import numpy
import safetensors.numpy
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from . import common
from .tiny_specs import SPECS, Spec, Tensor

FOLDER = common.GOLDENS / "models"
LENGTHS = (1, 2, 7, 63, 64, 65, 200)
# Where a prompt crosses the end of a 64-token block, both sides are recorded.
POSITIONS = {1: (0,), 2: (0, 1), 7: (0, 3, 6), 63: (31, 62), 64: (0, 63), 65: (63, 64),
             200: (0, 63, 64, 127, 128, 199)}
ROUNDED_LENGTHS = (7, 65)
GREEDY_TOKENS = 32
# Prompts are redrawn until every greedy step wins by this much, so that the last bits of float32
# arithmetic, which differ between implementations, cannot change a token.
SMALLEST_MARGIN = 5e-3


def values(tensor: Tensor) -> numpy.ndarray:
    count = int(numpy.prod(tensor.shape))
    product = common.uniform(tensor.name, count) * numpy.float32(tensor.scale)
    return (product + numpy.float32(tensor.offset)).reshape(tensor.shape)


def rounded(array: numpy.ndarray, storage: str) -> numpy.ndarray:
    """`array` after a round trip through a storage type."""
    if storage == "F32":
        return array
    if storage == "F16":
        return array.astype(numpy.float16).astype(numpy.float32)
    return (common.to_bfloat16_bits(array).astype(numpy.uint32) << 16).view(numpy.float32)


def load(spec: Spec, config: dict, storage: str, parameters: dict | None = None):
    """Load the model through a checkpoint folder, as a user would, and require a complete match.

    Its weights are the spec's, unless others are given.
    """
    if parameters is None:
        arrays = {tensor.name: rounded(values(tensor), storage) for tensor in spec.tensors}
    else:
        arrays = {name: tensor.contiguous().numpy() for name, tensor in parameters.items()}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        safetensors.numpy.save_file(arrays, f"{folder}/model.safetensors", metadata={"format": "pt"})
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    leftovers = {key: value for key, value in info.items() if value}
    if leftovers:
        raise SystemExit(f"{spec.name}: the checkpoint and the model differ: {leftovers}")
    for name, parameter in model.named_parameters():
        if not numpy.array_equal(parameter.detach().numpy(), arrays[name]):
            raise SystemExit(f"{spec.name}: {name} changed while loading")
    return model.eval()


def logits(model, ids: list[int]) -> torch.Tensor:
    """All positions' logits, computed without a key/value cache."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]


def greedy(model, prompt: list[int]) -> tuple[list[int], list[float]]:
    """The greedy continuation and the lead of each chosen token over the runner-up."""
    ids, margins = list(prompt), []
    for _ in range(GREEDY_TOKENS):
        best = torch.topk(logits(model, ids)[-1], 2)
        ids.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    return ids[len(prompt):], margins


def run(spec: Spec, model, storage: str, length: int, positions: tuple[int, ...] | None = None) -> dict:
    for attempt in range(1000):
        name = f"prompt/{spec.name}/{storage}/{length}/{attempt}"
        prompt = common.prompt_ids(name, length, spec.config["vocab_size"])
        continuation, margins = greedy(model, prompt)
        if min(margins) >= SMALLEST_MARGIN:
            break
    else:
        raise SystemExit(f"{spec.name}: no prompt of {length} tokens keeps the greedy steps apart")
    rows = logits(model, prompt).numpy()
    return {
        "storage": storage,
        "prompt": prompt,
        "logits": [
            {"position": position, "values": common.float32_list(rows[position])}
            for position in positions or POSITIONS[length]
        ],
        "greedy": continuation,
        "smallest_margin": common.Float32(min(margins)),
    }


def check_same_meaning(spec: Spec, model) -> None:
    """Both configuration styles must describe the same model."""
    current = load(spec, spec.current_config, "F32")
    ids = common.prompt_ids(f"prompt/{spec.name}/styles", 100, spec.config["vocab_size"])
    if not torch.equal(logits(model, ids), logits(current, ids)):
        raise SystemExit(f"{spec.name}: the two configuration styles give different logits")
    expected = spec.rope_parameters
    for config in (model.config, current.config):
        found = {key: config.rope_parameters[key] for key in expected}
        if found != expected:
            raise SystemExit(f"{spec.name}: rope parameters {found}, expected {expected}")


def checksum(spec: Spec, storage: str) -> str:
    data = b"".join(common.stored_bytes(values(tensor), storage) for tensor in spec.tensors)
    return f"{common.fnv1a64(data):016x}"


def generate(spec: Spec) -> None:
    model = load(spec, spec.config, "F32")
    check_same_meaning(spec, model)
    runs = [run(spec, model, "F32", length) for length in LENGTHS]
    for storage in spec.storages:
        model = load(spec, spec.config, storage)
        runs += [run(spec, model, storage, length) for length in ROUNDED_LENGTHS]
    folder = FOLDER / spec.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, config in (("config.json", spec.config), ("config-current.json", spec.current_config)):
        (folder / name).write_text(json.dumps(config, indent=2) + "\n")
    common.write_json(folder / "golden.json", {
        "description": spec.description,
        "versions": common.versions("torch", "transformers", "numpy"),
        "tensors": [
            {"name": tensor.name, "shape": tensor.shape, "scale": tensor.scale, "offset": tensor.offset}
            for tensor in spec.tensors
        ],
        "fnv1a64": {storage: checksum(spec, storage) for storage in ("F32", "F16", "BF16")},
        "runs": runs,
    })


def main() -> None:
    common.check_versions("torch", "transformers", "numpy", "safetensors")
    torch.set_num_threads(1)
    for spec in SPECS:
        generate(spec)


if __name__ == "__main__":
    main()
