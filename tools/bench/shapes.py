#!/usr/bin/env python3
"""Write models of random weights in the shapes of well-known ones, to compare the speed of engines with.

    pip install numpy gguf
    shapes.py build/models                                   # 0.5B, 1.8B and 7B in every format: 45 GB
    shapes.py build/models --shape 0.5B --format q4_0 folder

| format | what is written | weights |
|---|---|---|
| q4_0 | SHAPE-Q4_0.gguf | linear layers and embedding Q4_0, output head Q8_0 |
| bf16 | SHAPE-BF16.gguf | all BF16 |
| folder | SHAPE-BF16/ | a Hugging Face folder, all BF16 |
| awq | SHAPE-AWQ/ | a Hugging Face folder, linear layers AWQ in 4 bits and groups of 128, the rest BF16 |

Shape and seed decide the weights, which are exact in bfloat16; the formats hold the same ones. Files are written
tensor by tensor in less than 2 GB of memory. The tokenizer works and means nothing. An embedding that is the head
as well (0.5B) is Q8_0 in q4_0.
"""

import argparse
import json
import shutil
import struct
from pathlib import Path

import gguf
import numpy
import shape_tokenizer
from gguf import GGMLQuantizationType
from shape_weights import (
    AWQ_GROUP,
    SHAPES,
    Shape,
    Tensor,
    awq,
    bfloat16,
    chunks,
    integers,
    rotated_in_neighbours,
    scale,
    tensors,
)


def gguf_type(tensor: Tensor, shape: Shape, name: str) -> GGMLQuantizationType:
    if tensor.columns is None:
        return GGMLQuantizationType.F32
    if name == "bf16":
        return GGMLQuantizationType.BF16
    is_head = tensor.kind == "head" or (tensor.kind == "embedding" and shape.tied)
    return GGMLQuantizationType.Q8_0 if is_head else GGMLQuantizationType.Q4_0


def gguf_data(tensor: Tensor, shape: Shape, kind: GGMLQuantizationType, seed: int) -> numpy.ndarray:
    values = integers(tensor, seed)
    if tensor.heads is not None and shape.architecture == "llama":
        values = rotated_in_neighbours(tensor, values)
    if kind == GGMLQuantizationType.F32:
        return values.astype(numpy.float32) * numpy.float32(scale(tensor))
    data = numpy.empty(gguf.quant_shape_to_byte_shape(tensor.shape, kind), numpy.uint8)
    row = 0
    for chunk in chunks(tensor, values):
        data[row : row + len(chunk)] = gguf.quants.quantize(chunk, kind).view(numpy.uint8)
        row += len(chunk)
    return data


def write_gguf(path: Path, name: str, shape: Shape, format_name: str, seed: int) -> None:
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_name(f"{name} of random weights")
    file_type = gguf.LlamaFileType.MOSTLY_BF16 if format_name == "bf16" else gguf.LlamaFileType.MOSTLY_Q4_0
    writer.add_file_type(file_type)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.intermediate)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_rope_dimension_count(shape.head_size)
    shape_tokenizer.add_to_gguf(writer, shape.vocabulary)
    entries = [(tensor, gguf_type(tensor, shape, format_name)) for tensor in tensors(shape)]
    for tensor, kind in entries:
        suffix = ".bias" if tensor.kind == "bias" else ".weight"
        size = gguf.quant_shape_to_byte_shape(tensor.shape, kind)
        if kind == GGMLQuantizationType.F32:
            writer.add_tensor_info(
                tensor.gguf_name + suffix, tensor.shape, numpy.dtype(numpy.float32), 4 * tensor.rows
            )
        else:
            writer.add_tensor_info(
                tensor.gguf_name + suffix, size, numpy.dtype(numpy.uint8), int(numpy.prod(size)), kind
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor, kind in entries:
        writer.write_tensor_data(gguf_data(tensor, shape, kind, seed))
    writer.close()


def folder_entries(tensor: Tensor, format_name: str) -> dict[str, tuple[str, list[int], int]]:
    """Name, safetensors type, shape and bytes of what a tensor becomes in a folder."""
    name = tensor.folder_name
    if format_name == "awq" and tensor.kind == "linear":
        inputs, outputs = tensor.columns, tensor.rows
        groups = inputs // AWQ_GROUP
        return {
            name + ".qweight": ("I32", [inputs, outputs // 8], inputs * outputs // 2),
            name + ".qzeros": ("I32", [groups, outputs // 8], groups * outputs // 2),
            name + ".scales": ("F16", [groups, outputs], groups * outputs * 2),
        }
    suffix = ".bias" if tensor.kind == "bias" else ".weight"
    return {name + suffix: ("BF16", tensor.shape, 2 * int(numpy.prod(tensor.shape)))}


def write_safetensors(path: Path, shape: Shape, format_name: str, seed: int) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for tensor in tensors(shape):
        for name, (kind, size, count) in folder_entries(tensor, format_name).items():
            header[name] = {"dtype": kind, "shape": size, "data_offsets": [offset, offset + count]}
            offset += count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors(shape):
            values = integers(tensor, seed)
            if format_name == "awq" and tensor.kind == "linear":
                for data in awq(tensor, values).values():
                    data.tofile(file)
            else:
                for chunk in chunks(tensor, values):
                    bfloat16(chunk).tofile(file)


def write_folder(path: Path, shape: Shape, format_name: str, seed: int) -> None:
    path.mkdir(parents=True)
    config = {
        "architectures": ["Qwen2ForCausalLM" if shape.architecture == "qwen2" else "LlamaForCausalLM"],
        "model_type": shape.architecture, "hidden_size": shape.hidden, "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads, "vocab_size": shape.vocabulary, "hidden_act": "silu",
        "max_position_embeddings": shape.context, "rms_norm_eps": shape.norm_epsilon,
        "rope_theta": shape.rope_theta, "tie_word_embeddings": shape.tied,
        "torch_dtype": "float16" if format_name == "awq" else "bfloat16",
        "bos_token_id": shape_tokenizer.BEGIN, "eos_token_id": shape_tokenizer.TURN_END,
    }  # fmt: skip
    if format_name == "awq":
        config["quantization_config"] = {
            "quant_method": "awq", "bits": 4, "group_size": AWQ_GROUP, "zero_point": True, "version": "gemm",
            "modules_to_not_convert": None,
        }  # fmt: skip
    (path / "config.json").write_text(json.dumps(config, indent=1))
    shape_tokenizer.write_folder(path, shape.vocabulary)
    write_safetensors(path / "model.safetensors", shape, format_name, seed)


FORMATS = {"q4_0": "{}-Q4_0.gguf", "bf16": "{}-BF16.gguf", "folder": "{}-BF16", "awq": "{}-AWQ"}


def write(folder: Path, name: str, format_name: str, seed: int) -> Path:
    """Write under another name first: what has its name is complete."""
    path = folder / FORMATS[format_name].format(name)
    if path.exists():
        return path
    unfinished = path.with_name(path.name + ".part")
    if unfinished.is_dir():
        shutil.rmtree(unfinished)
    if format_name in ("q4_0", "bf16"):
        write_gguf(unfinished, name, SHAPES[name], format_name, seed)
    else:
        write_folder(unfinished, SHAPES[name], format_name, seed)
    return unfinished.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, help="the folder to write to; what is there already is kept")
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=["0.5B", "1.8B", "7B"])
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    for name in options.shape:
        for format_name in options.format:
            print(write(options.target, name, format_name, options.seed), flush=True)


if __name__ == "__main__":
    main()
