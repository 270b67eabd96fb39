#!/usr/bin/env python3
"""Write the inputs that fuzzing starts from: valid files of every format, from the goldens of the tests.

    seeds.py FOLDER        makes FOLDER/READER/... for each reader; needs nothing but the standard library
"""

import io
import json
import struct
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOLDENS = ROOT / "Tests" / "Goldens"
TOKENIZERS = ROOT / "Tests" / "TokenizationTests" / "Fixtures"
# Larger inputs slow the search down more than they add to it.
LARGEST = 48 << 10


def gguf_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    kind, encode = (8, gguf_string) if isinstance(value[0], str) else (5, lambda item: struct.pack("<i", item))
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(encode(item) for item in value)


def gguf(kind: int, block_values: int, block_bytes: int) -> bytes:
    """A tiny model with one tensor of the given type."""
    metadata = {
        "general.architecture": "llama", "llama.embedding_length": 32, "llama.feed_forward_length": 64,
        "llama.block_count": 1, "llama.context_length": 128, "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2, "llama.vocab_size": 4, "llama.rope.dimension_count": 8,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": ["<s>", "</s>", "a", "b"], "tokenizer.ggml.token_type": [3, 3, 1, 1],
        "tokenizer.ggml.merges": ["a b"], "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False, "tokenizer.chat_template": "{{ messages }}",
    }
    data = bytes(range(block_bytes)) * 2
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata))
    for key, value in metadata.items():
        header += gguf_string(key) + gguf_value(value)
    header += gguf_string("blk.0.attn_q.weight") + struct.pack("<IQQIQ", 2, block_values, 2, kind, 0)
    return header + bytes(-len(header) % 32) + data


# Type numbers of GGUF with the values and bytes of a block.
GGUF_TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 20: (32, 18), 23: (256, 136), 28: (1, 8),
    30: (1, 2), 39: (32, 17),
}


def seeds() -> dict[str, list[bytes]]:
    checkpoints = GOLDENS / "checkpoints"
    archives = sorted(checkpoints.glob("*.bin")) + sorted(checkpoints.glob("meta/*.pth"))
    zips = [path.read_bytes() for path in archives]
    pickles = []
    for data in zips:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                pickles += [archive.read(name) for name in archive.namelist() if name.endswith("/data.pkl")]
    configurations = [path.read_bytes() for path in GOLDENS.glob("models/*/config*.json")]
    configurations += [
        (checkpoints / "meta" / "params.json").read_bytes(),
        b'{"do_sample":true,"temperature":0.6,"top_p":0.9,"top_k":50,"eos_token_id":[1,2],"max_new_tokens":9}',
        b'{"bos_token":{"content":"<s>"},"eos_token":"</s>","chat_template":[{"name":"default","template":"T"}]}',
    ]
    index = {"metadata": {"total_size": 8}, "weight_map": {"x": "a.safetensors"}}
    scalar = json.dumps({"x": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}).encode()
    templates = json.loads((GOLDENS / "chat-templates" / "jinja.json").read_text())["cases"]
    return {
        "gguf": [gguf(kind, *block) for kind, block in GGUF_TYPES.items()],
        "safetensors": [path.read_bytes() for path in checkpoints.glob("*.safetensors")]
        + [struct.pack("<Q", len(scalar)) + scalar + bytes(4)],
        "index": [json.dumps(index).encode()],
        "config": configurations,
        "zip": zips,
        "pickle": pickles,
        "tokenizer-json": [path.read_bytes() for path in TOKENIZERS.rglob("*tokenizer.json")],
        "tokenizer-model": [path.read_bytes() for path in TOKENIZERS.rglob("*.model")],
        "tiktoken": [path.read_bytes() for path in TOKENIZERS.rglob("*.tiktoken")],
        "template": [case["template"].encode() for case in templates],
    }


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    for reader, inputs in seeds().items():
        folder = Path(sys.argv[1]) / reader
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            if len(data) <= LARGEST:
                (folder / f"seed-{number}").write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
