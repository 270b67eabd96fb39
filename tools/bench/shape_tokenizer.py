"""A byte-level BPE tokenizer of any size, made of nothing: every engine reads it, and no word in it has a meaning."""

import json
import string
from pathlib import Path

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
END, BEGIN, TURN_END = range(3)
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_characters() -> list[str]:
    """The characters that byte-level BPE writes the 256 bytes with."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable}
    characters |= {byte: chr(256 + index) for index, byte in enumerate(others)}
    return [characters[byte] for byte in range(256)]


def vocabulary(size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """`size` tokens and the merges that make all but the special ones and the bytes.

    Merged tokens are strings of small letters, shorter ones first, with and without a space before them.
    """
    tokens = SPECIAL + byte_characters()
    merges: list[tuple[str, str]] = []
    # Byte-level BPE writes a space as this letter.
    level = ["\u0120", *string.ascii_lowercase]
    while len(tokens) < size:
        pairs = [(word, letter) for word in level for letter in string.ascii_lowercase][: size - len(tokens)]
        merges += pairs
        level = [word + letter for word, letter in pairs]
        tokens += level
    if len(tokens) > size:
        raise ValueError(f"a vocabulary has at least {len(tokens)} tokens, {size} were asked for")
    return tokens, merges


def write_folder(folder: Path, size: int) -> None:
    """What Hugging Face folders say about their tokenizer."""
    tokens, merges = vocabulary(size)
    added = [
        {"id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for index, token in enumerate(SPECIAL)
    ]  # fmt: skip
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None, "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [" ".join(pair) for pair in merges],
        },
    }  # fmt: skip
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 8192,
        "bos_token": SPECIAL[BEGIN], "eos_token": SPECIAL[TURN_END], "pad_token": SPECIAL[TURN_END],
        "unk_token": SPECIAL[END], "chat_template": TEMPLATE,
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))


def add_to_gguf(writer, size: int) -> None:
    """The same for a `gguf.GGUFWriter`."""
    tokens, merges = vocabulary(size)
    control, normal = 3, 1
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([control] * len(SPECIAL) + [normal] * (size - len(SPECIAL)))
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(TURN_END)
    writer.add_pad_token_id(TURN_END)
    writer.add_unk_token_id(END)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
