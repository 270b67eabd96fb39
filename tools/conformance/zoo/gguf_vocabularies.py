"""GGUF files with the vocabularies of the zoo, one of each kind and of each well-known `pre` name."""

import json
from pathlib import Path

import gguf
from gguf import TokenType
from sentencepiece import sentencepiece_model_pb2

from .common import Entry

# Files of byte-level BPE: the name that stands for the pre-tokenizer.
PRE_NAMES = {
    "deepseek-llm": "deepseek-llm", "deepseek-v3": "deepseek-v3", "falcon": "falcon", "glm-4": "chatglm-bpe",
    "gpt-2": "gpt-2", "llama-3": "llama-bpe", "mistral-nemo": "tekken", "o200k": "gpt-4o", "qwen2": "qwen2",
    "qwen3": "qwen2", "smollm": "smollm", "starcoder": "starcoder",
}  # fmt: skip
# GLM-4 puts two tokens before a text, for which the format has no fields.
WITHOUT_SPECIAL_MODE = ["glm-4"]
SENTENCE_PIECE = ["baichuan-2", "gemma", "internlm-2", "llama-2", "mistral-v3"]
UNIGRAM = ["t5", "xlm-roberta"]
USER_DEFINED = 4
# SentencePiece knows no special tokens in a text; these have a tokenizer.json that says what they do there.
TOKENS_IN_TEXT = ["baichuan-2", "llama-2"]
WITHOUT_BEGIN = ["baichuan-2"]


def writer(path: Path, model: str, pre: str | None = None) -> gguf.GGUFWriter:
    """A file that has a configuration but no weights."""
    result = gguf.GGUFWriter(str(path), "llama")
    result.add_block_count(1)
    result.add_context_length(64)
    result.add_embedding_length(64)
    result.add_feed_forward_length(64)
    result.add_head_count(4)
    result.add_layer_norm_rms_eps(1e-5)
    result.add_tokenizer_model(model)
    if pre is not None:
        result.add_tokenizer_pre(pre)
    return result


def close(result: gguf.GGUFWriter) -> None:
    result.write_header_to_file()
    result.write_kv_data_to_file()
    result.close()


def definition(folder: Path, name: str) -> dict:
    return json.loads((folder / name / "tokenizer.json").read_text(encoding="utf-8"))


def byte_level(folder: Path, name: str) -> Entry:
    base = definition(folder, name)
    tokens = dict(base["model"]["vocab"])
    kinds = {}
    for added in base["added_tokens"]:
        tokens[added["content"]] = added["id"]
        kinds[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    words = sorted(tokens, key=tokens.get)
    path = folder / name / "vocabulary.gguf"
    result = writer(path, "gpt2", PRE_NAMES[name])
    result.add_token_list(words)
    result.add_token_types([kinds.get(index, TokenType.NORMAL) for index in range(len(words))])
    result.add_token_merges([" ".join(pair) for pair in base["model"]["merges"]])
    begin = beginning(base["post_processor"]) if name not in WITHOUT_SPECIAL_MODE else None
    result.add_bos_token_id(begin or 0)
    result.add_add_bos_token(begin is not None)
    result.add_eos_token_id(1 if len(base["added_tokens"]) > 1 else 0)
    close(result)
    arguments = {"path": str(folder / name / "tokenizer.json")}
    if name in WITHOUT_SPECIAL_MODE:
        arguments["modes"] = [(False, True), (False, False)]
    specials = [token["content"] for token in base["added_tokens"]]
    return Entry(f"{name} (GGUF)", str(path), "HuggingFace", arguments, specials)


def beginning(processor: dict | None) -> int | None:
    """The token that a template puts in front of a text."""
    if processor is None:
        return None
    inner = processor["processors"] if processor["type"] == "Sequence" else [processor]
    for template in inner:
        if template["type"] == "TemplateProcessing":
            first = template["single"][0]["SpecialToken"]["id"]
            return template["special_tokens"][first]["ids"][0]
    return None


def sentence_piece(folder: Path, name: str, kind: str) -> Entry:
    source = folder / f"{name}-model" / "tokenizer.model"
    proto = sentencepiece_model_pb2.ModelProto.FromString(source.read_bytes())
    path = folder / name / "vocabulary.gguf"
    result = writer(path, kind, "default")
    # As converters do it: user-defined tokens are looked for in the text, which has spaces.
    result.add_token_list([p.piece.replace("▁", " ") if p.type == USER_DEFINED else p.piece for p in proto.pieces])
    result.add_token_scores([piece.score for piece in proto.pieces])
    # Both formats number the types of pieces alike.
    result.add_token_types([int(piece.type) for piece in proto.pieces])
    trainer = proto.trainer_spec
    result.add_unk_token_id(trainer.unk_id)
    if trainer.bos_id >= 0:
        result.add_bos_token_id(trainer.bos_id)
    if trainer.eos_id >= 0:
        result.add_eos_token_id(trainer.eos_id)
    result.add_add_space_prefix(proto.normalizer_spec.add_dummy_prefix)
    begins, ends = kind == "llama" and name not in WITHOUT_BEGIN, kind == "t5"
    result.add_add_bos_token(begins)
    result.add_add_eos_token(ends)
    if kind == "t5":
        result.add_remove_extra_whitespaces(proto.normalizer_spec.remove_extra_whitespaces)
        result.add_precompiled_charsmap(proto.normalizer_spec.precompiled_charsmap)
    close(result)
    arguments = {"path": str(source), "bos": begins, "eos": ends, "decodes_unknown": False}
    if any(p.type == USER_DEFINED and "▁" in p.piece for p in proto.pieces):
        # The file no longer tells "▁" in a text from a space, which SentencePiece takes for the same.
        arguments["undefined"] = "▁"
    if name in TOKENS_IN_TEXT:
        arguments["json"] = str(folder / name / "tokenizer.json")
    return Entry(
        name=f"{name} (GGUF)",
        path=str(path),
        reference="SentencePiece",
        arguments=arguments,
        specials=[piece.piece for piece in proto.pieces if piece.type in (2, 3, 4)],
    )


def bert(folder: Path) -> Entry:
    base = definition(folder, "bert-uncased")
    vocabulary = base["model"]["vocab"]
    added = {token["content"] for token in base["added_tokens"]}
    words = [
        word if word in added else word[2:] if word.startswith("##") else "▁" + word
        for word in sorted(vocabulary, key=vocabulary.get)
    ]
    path = folder / "bert-uncased" / "vocabulary.gguf"
    result = writer(path, "bert", "default")
    result.add_token_list(words)
    result.add_token_types([TokenType.CONTROL if word in added else TokenType.NORMAL for word in words])
    result.add_pad_token_id(vocabulary["[PAD]"])
    result.add_unk_token_id(vocabulary["[UNK]"])
    result.add_bos_token_id(vocabulary["[CLS]"])
    result.add_sep_token_id(vocabulary["[SEP]"])
    result.add_mask_token_id(vocabulary["[MASK]"])
    close(result)
    arguments = {"path": str(folder / "bert-uncased" / "tokenizer.json")}
    return Entry("bert-uncased (GGUF)", str(path), "HuggingFace", arguments, sorted(added))


def build(folder: Path) -> list[Entry]:
    return [
        *(byte_level(folder, name) for name in PRE_NAMES),
        *(sentence_piece(folder, name, "llama") for name in SENTENCE_PIECE),
        *(sentence_piece(folder, name, "t5") for name in UNIGRAM),
        bert(folder),
    ]
