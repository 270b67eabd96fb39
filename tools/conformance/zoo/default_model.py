"""The default model's own vocabulary, from its GGUF file, under SmolLM2's pre-tokenizer."""

from pathlib import Path

import gguf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from .common import Entry, save, special


def default_model(folder: Path, model: str) -> Entry:
    fields = gguf.GGUFReader(model).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    controls = [token for token, kind in zip(tokens, types, strict=True) if kind == gguf.TokenType.CONTROL]
    tokenizer.add_special_tokens(special(*controls))
    entry = save(tokenizer, folder, "default-model")
    entry.name, entry.path = "default model (GGUF)", model
    return entry
