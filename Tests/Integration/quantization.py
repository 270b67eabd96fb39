#!/usr/bin/env python3
"""Runs `lmdeploy lite` on a tiny model, and reads what it wrote without any of the project's code.

Usage: quantization.py EXECUTABLE MODEL.gguf
"""

import io
import json
import os
import pickle
import random
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

executable = os.path.abspath(sys.argv[1])
failures = []

HIDDEN, INTERMEDIATE, HEADS, KV_HEADS, HEAD, LAYERS, VOCABULARY, GROUP = 64, 96, 4, 2, 16, 2, 264, 32
LINEARS = {
    "self_attn.q_proj": (HEADS * HEAD, HIDDEN), "self_attn.k_proj": (KV_HEADS * HEAD, HIDDEN),
    "self_attn.v_proj": (KV_HEADS * HEAD, HIDDEN), "self_attn.o_proj": (HIDDEN, HEADS * HEAD),
    "mlp.gate_proj": (INTERMEDIATE, HIDDEN), "mlp.up_proj": (INTERMEDIATE, HIDDEN),
    "mlp.down_proj": (HIDDEN, INTERMEDIATE),
}
NORM_OF = {"self_attn.q_proj": "input_layernorm", "self_attn.k_proj": "input_layernorm",
           "mlp.gate_proj": "post_attention_layernorm"}


def expect(holds, what):
    if not holds:
        failures.append(what)


def lmdeploy(*arguments, error=None):
    result = subprocess.run([executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            timeout=600)
    if error is None:
        expect(result.returncode == 0, f"{arguments}: exit code {result.returncode}, {result.stderr.strip()}")
    else:
        shown = result.stderr.strip().splitlines()
        expect(result.returncode != 0 and len(shown) >= 1 and error in shown[-1],
               f"{arguments}: exit code {result.returncode}, {shown}, expected {error!r}")
    return result.stdout


# A model

def random_model():
    generator = random.Random(5)
    tensors = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN), "lm_head.weight": (VOCABULARY, HIDDEN),
               "model.norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        tensors |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in LINEARS.items()}
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"model.layers.{layer}.{name}.weight"] = (HIDDEN,)
    model = {}
    for name, shape in tensors.items():
        count, mean, spread = 1, 0, shape[-1] ** -0.5
        for size in shape:
            count *= size
        if "norm" in name:
            mean, spread = 1, 0.25
        model[name] = (shape, [single(generator.gauss(mean, spread)) for _ in range(count)])
    return model


def write_model(folder, model):
    os.makedirs(folder)
    header, body = {}, b""
    for name, (shape, values) in model.items():
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
    configuration = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "head_dim": HEAD, "vocab_size": VOCABULARY, "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
        "torch_dtype": "float32", "bos_token_id": 256, "eos_token_id": 257}
    # Bytes are tokens, under the letters that byte-level BPE writes for them.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {chr(byte): byte for byte in plain} | {chr(256 + index): byte for index, byte in enumerate(others)}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [
            {"id": 256 + index, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for index, content in enumerate(["<s>", "</s>"])],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": letters,
                  "merges": []}}
    for name, content in [("config.json", configuration), ("tokenizer.json", tokenizer),
                          ("tokenizer_config.json", {"bos_token": "<s>", "eos_token": "</s>",
                                                     "tokenizer_class": "PreTrainedTokenizerFast"})]:
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)


# Numbers of 32 and 16 bits

def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def read_tensors(folder):
    formats = {"F32": "f", "F16": "e", "I32": "I", "I8": "b"}
    tensors = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".safetensors"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            body = file.read()
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            first, end = entry["data_offsets"]
            code = formats[entry["dtype"]]
            count = (end - first) // struct.calcsize(code)
            tensors[name] = (entry["shape"], struct.unpack(f"<{count}{code}", body[first:end]))
    return tensors


# What the formats say, as their documents have it

def nibbles(word):
    return [word >> 4 * place & 15 for place in range(8)]


def unpacked(tensors, name, method):
    """Integers, zero points and scales of a linear layer: [outputs][inputs], [outputs][groups] twice."""
    (_, words), (shape, scales) = tensors[name + ".qweight"], tensors[name + ".scales"]
    _, zeros = tensors[name + ".qzeros"]
    groups, outputs = shape
    inputs = groups * GROUP
    places = [0, 4, 1, 5, 2, 6, 3, 7] if method == "awq" else range(8)

    def row(words, index):
        own = [nibbles(word) for word in words[index * outputs // 8:(index + 1) * outputs // 8]]
        return [word[place] for word in own for place in places]

    if method == "awq":
        values = list(zip(*[row(words, index) for index in range(inputs)]))
        points = list(zip(*[row(zeros, index) for index in range(groups)]))
    else:
        columns = [[nibbles(words[octet * outputs + output]) for octet in range(inputs // 8)]
                   for output in range(outputs)]
        values = [[value for octet in column for value in octet] for column in columns]
        points = [[point + 1 for point in column] for column in zip(*[row(zeros, index) for index in range(groups)])]
    steps = list(zip(*[scales[index * outputs:(index + 1) * outputs] for index in range(groups)]))
    return values, points, steps


def weights(values, points, steps):
    return [[(value - zeros[index // GROUP]) * scales[index // GROUP] for index, value in enumerate(row)]
            for row, zeros, scales in zip(values, points, steps)]


def rounded(row):
    """4 bits to nearest: integers, zero points and scales of one output."""
    values, points, steps = [], [], []
    for first in range(0, len(row), GROUP):
        group = row[first:first + GROUP]
        low, high = min(0, *group), max(0, *group)
        scale = half(single(max(single(high - low), single(1e-5)) / 15))
        zero = max(0, min(15, -round(single(low / scale))))
        values += [max(0, min(15, round(single(weight / scale)) + zero)) for weight in group]
        points.append(zero)
        steps.append(scale)
    return values, points, steps


# Tests

def quantized(base, folder, command, *options):
    target = os.path.join(base, command + "".join(options).replace("-", "_"))
    shown = lmdeploy("lite", command, folder, "--work-dir", target, "--calib-dataset", os.path.join(base, "text.txt"),
                     "--calib-samples", "4", "--calib-seqlen", "64", "--eval-tokens", "256", *options)
    with open(os.path.join(target, "quantization_report.json")) as file:
        report = json.load(file)
    expect("perplexity" in shown and len(report["linears"]) == 7 * LAYERS, f"{command}: the report is {report}")
    return target


def rounding(base, folder, model):
    """Every integer, zero point and scale is the nearest."""
    target = quantized(base, folder, "rtn", "--w-group-size", "32")
    tensors = read_tensors(target)
    for name, (shape, values) in model.items():
        if not name.startswith("model.layers.") or len(shape) < 2:
            continue
        found = unpacked(tensors, name.removesuffix(".weight"), "awq")
        rows = [rounded(values[first:first + shape[1]]) for first in range(0, len(values), shape[1])]
        for kind, index in [("integers", 0), ("zero points", 1), ("scales", 2)]:
            expect([list(row) for row in found[index]] == [row[index] for row in rows], f"rtn: {kind} of {name}")
    return target


def folding(base, folder, model):
    """With what was folded into the norms taken out again, no weight is farther off than a step."""
    target = quantized(base, folder, "auto_awq", "--w-group-size", "32", "--search-scale")
    tensors = read_tensors(target)
    for layer in range(LAYERS):
        for linear, norm in NORM_OF.items():
            name = f"model.layers.{layer}.{linear}"
            own, new = model[f"model.layers.{layer}.{norm}.weight"][1], tensors[f"model.layers.{layer}.{norm}.weight"][1]
            (outputs, inputs), values = model[name + ".weight"]
            parts = unpacked(tensors, name, "awq")
            worst = max(
                abs(weight * new[index] - values[output * inputs + index] * own[index])
                / (parts[2][output][index // GROUP] * abs(new[index]))
                for output, row in enumerate(weights(*parts)) for index, weight in enumerate(row))
            expect(worst <= 1.01, f"awq: a weight of {name} is {worst} steps off")
    return target


def plain_twin(base, target, method):
    """A folder of fp32 with the weights that the formats' documents give for a quantised folder."""
    tensors = read_tensors(target)
    model = {}
    for name, (shape, values) in tensors.items():
        base_name = name.rsplit(".", 1)[0]
        if method != "smooth_quant" and name.endswith(".qweight"):
            rows = weights(*unpacked(tensors, base_name, method))
            model[base_name + ".weight"] = ([len(rows), len(rows[0])], [single(x) for row in rows for x in row])
        elif method == "smooth_quant" and base_name + ".scale" in tensors and name.endswith(".weight"):
            scales = tensors[base_name + ".scale"][1]
            model[name] = (shape, [single(value * scales[place // shape[1]]) for place, value in enumerate(values)])
        elif not name.endswith((".qzeros", ".scales", ".scale", ".g_idx")):
            model[name] = (shape, values)
    folder = os.path.join(base, "twin-of-" + os.path.basename(target))
    write_model(folder, model)
    return folder


def twins(base, targets):
    """What is read here and what Python unpacks compute the same, bit for bit."""
    for target, method in targets:
        twin = plain_twin(base, target, method)
        path = os.path.join(base, "kl.json")
        lmdeploy("eval", "kl", twin, target, "--text", os.path.join(base, "text.txt"), "--tokens", "256",
                 "--dtype", "float32", "--reference-dtype", "float32", "--json", path)
        with open(path) as file:
            result = json.load(file)["result"]
        expect(result["maximum"] == 0, f"{os.path.basename(target)}: {result}")


class Tensors(pickle.Unpickler):
    """Reads `torch.save` without torch: tensors become flat lists."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        expect(self.archive.testzip() is None, f"{path}: a checksum is wrong")
        name = next(name for name in self.archive.namelist() if name.endswith("/data.pkl"))
        self.folder = name.removesuffix("data.pkl")
        super().__init__(io.BytesIO(self.archive.read(name)))

    def find_class(self, module, name):
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            def tensor(storage, offset, size, stride, *_):
                count = 1
                for length in size:
                    count *= length
                return size, storage[offset:offset + count]
            return tensor
        return {"OrderedDict": dict, "FloatStorage": "f"}[name]

    def persistent_load(self, reference):
        _, code, key, _, count = reference
        return struct.unpack(f"<{count}{code}", self.archive.read(self.folder + "data/" + key))


def cache_parameters(base, folder):
    """The course's commands: calibrate, auto_awq into the same folder, kv_qparams into a workspace."""
    work, workspace = os.path.join(base, "quant_output"), os.path.join(base, "workspace")
    text = os.path.join(base, "text.txt")
    lmdeploy("lite", "calibrate", "--model", folder, "--calib_dataset", text, "--calib_samples", "4",
             "--calib_seqlen", "64", "--work_dir", work)
    lmdeploy("lite", "auto_awq", "--model", folder, "--w_bits", "4", "--w_group_size", "32", "--work_dir", work,
             "--calib_dataset", text, "--calib_samples", "4", "--calib_seqlen", "64", "--eval_tokens", "0")
    expect({"model.safetensors", "key_stats.pth"} <= set(os.listdir(work)), f"{work} has {os.listdir(work)}")
    lmdeploy("convert", "llama", folder, "--dst-path", workspace)
    weights_folder = os.path.join(workspace, "triton_models", "weights") + "/"
    lmdeploy("lite", "kv_qparams", "--work_dir", work, "--turbomind_dir", weights_folder, "--kv_sym", "False",
             "--num_tp", "1")
    keys = Tensors(os.path.join(work, "key_stats.pth")).load()
    values = Tensors(os.path.join(work, "value_stats.pth")).load()
    inputs = Tensors(os.path.join(work, "inputs_stats.pth")).load()
    expect(len(inputs["absmean"]) == 7 * LAYERS and "model.layers.1.mlp.down_proj" in inputs["absmax"],
           f"inputs_stats.pth has {list(inputs['absmean'])}")
    for layer in range(LAYERS):
        expected = []
        for statistics in (keys, values):
            size, high = statistics["max"][f"model.layers.{layer}"]
            expect(tuple(size) == (KV_HEADS, HEAD), f"statistics of layer {layer} have the shape {size}")
            high, low = max(high), min(statistics["min"][f"model.layers.{layer}"][1])
            expected += [single(single(high - low) / 255), single(single(low + high) / 2)]
        with open(os.path.join(weights_folder, f"layers.{layer}.past_kv_scale.0.weight"), "rb") as file:
            found = list(struct.unpack("<4f", file.read()))
        expect(found == expected, f"layer {layer}: scales {found}, expected {expected}")
    settings = os.path.join(weights_folder, "config.ini")
    with open(settings) as file:
        content = file.read()
    with open(settings, "w") as file:
        file.write(re.sub(r"quant_policy *=.*", "quant_policy = 4", content))
    path = os.path.join(base, "static.json")
    lmdeploy("eval", "perplexity", workspace, "--text", text, "--tokens", "256", "--json", path)
    lmdeploy("eval", "perplexity", folder, "--text", text, "--tokens", "256", "--json", path + ".own")
    results = []
    for name in (path, path + ".own"):
        with open(name) as file:
            results.append(json.load(file)["result"]["mean_negative_log_likelihood"])
    expect(0 < abs(results[0] / results[1] - 1) < 0.01, f"with and without a static int8 cache: {results}")
    lmdeploy("lite", "kv_qparams", work, weights_folder, "--num-tp", "2", error="--num-tp is 2")
    lmdeploy("lite", "kv_qparams", work, work, error="lmdeploy convert")
    lmdeploy("lite", "kv_qparams", base, weights_folder, error="key_stats.pth")


def main():
    with tempfile.TemporaryDirectory() as base:
        model = random_model()
        folder = os.path.join(base, "model")
        write_model(folder, model)
        generator = random.Random(9)
        words = [bytes(generator.randrange(97, 123) for _ in range(generator.randrange(1, 9))).decode()
                 for _ in range(400)]
        with open(os.path.join(base, "text.txt"), "w") as file:
            file.write(" ".join(words))
        targets = [(rounding(base, folder, model), "awq"), (folding(base, folder, model), "awq"),
                   (quantized(base, folder, "auto_gptq", "--w-group-size", "32"), "gptq"),
                   (quantized(base, folder, "smooth_quant", "--search-scale"), "smooth_quant")]
        twins(base, targets)
        cache_parameters(base, folder)
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    print(f"quantization: {len(failures)} failures")
    sys.exit(bool(failures))


main()
