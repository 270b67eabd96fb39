"""The implementations whose answers are right, behind one interface.

`modes` lists (special, parse) pairs that a reference defines: whether the tokens around a text are added, and
whether special tokens that are spelled out in it become their ids.
"""

import base64

import sentencepiece
import tiktoken
import tokenizers
from tokenizers import normalizers

Ids = list[int] | None


class Refused(Exception):
    """The reference itself fails on this input."""


def each(function, items: list) -> list:
    """None for an item that makes the reference fail."""
    results = []
    for item in items:
        try:
            results.append(function(item))
        except Refused:
            results.append(None)
    return results


def guarded(function, *arguments, **options):
    """Calls a Rust function; its panics are `BaseException`s of their own kind."""
    try:
        return function(*arguments, **options)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise Refused(str(error)) from error


class HuggingFace:
    """`tokenizers` on a tokenizer.json."""

    def __init__(self, path: str, modes=((True, True), (False, True), (False, False))):
        self.modes = [tuple(mode) for mode in modes]
        self.tokenizer = tokenizers.Tokenizer.from_file(path)
        self.size = self.tokenizer.get_vocab_size()

    def encode(self, texts: list[str], special: bool, parse: bool) -> list[Ids]:
        self.tokenizer.encode_special_tokens = not parse
        try:
            return [e.ids for e in guarded(self.tokenizer.encode_batch_fast, texts, add_special_tokens=special)]
        except Refused:
            return each(lambda text: guarded(self.tokenizer.encode, text, add_special_tokens=special).ids, texts)

    def decode(self, ids: list[list[int]], skip: bool) -> list[str | None]:
        try:
            return guarded(self.tokenizer.decode_batch, ids, skip_special_tokens=skip)
        except Refused:
            return each(lambda item: guarded(self.tokenizer.decode, item, skip_special_tokens=skip), ids)


class SentencePiece:
    """`sentencepiece` on a tokenizer.model. It knows no special tokens in a text: with `json`, a
    tokenizer.json of the same pieces says what they do."""

    def __init__(
        self,
        path: str,
        bos: bool = True,
        eos: bool = False,
        json: str | None = None,
        decodes_unknown: bool = True,
        undefined: str | None = None,
    ):
        self.processor = sentencepiece.SentencePieceProcessor(model_file=path)
        self.bos, self.eos = bos, eos
        self.json = HuggingFace(json) if json else None
        self.decodes_unknown = decodes_unknown
        # Texts with this in them are left out.
        self.undefined = undefined
        self.size = self.processor.get_piece_size()
        self.modes = [(True, False), (False, False)] + ([(True, True), (False, True)] if json else [])

    def encode(self, texts: list[str], special: bool, parse: bool) -> list[Ids]:
        if parse:
            return self.json.encode(texts, special, parse)
        bos, eos = special and self.bos, special and self.eos
        ids = self.processor.encode(texts, add_bos=bos, add_eos=eos, num_threads=1)
        if self.undefined is None:
            return ids
        return [None if self.undefined in text else item for text, item in zip(texts, ids, strict=True)]

    def decode(self, ids: list[list[int]], skip: bool) -> list[str | None]:
        """The library never shows control tokens and always shows the unknown one: lists whose text that would
        decide are left out."""
        unknown = self.processor.unk_id()
        return [None if self.is_undefined(item, skip, unknown) else self.processor.decode(item) for item in ids]

    def is_undefined(self, ids: list[int], skip: bool, unknown: int) -> bool:
        if unknown in ids and (skip or not self.decodes_unknown):
            return True
        return not skip and any(id != unknown and self.processor.is_control(id) for id in ids)


class Tiktoken:
    """`tiktoken` as Qwen's first tokenizer sets it up, with its special tokens behind the ranks."""

    modes = [(True, True), (False, True), (False, False)]
    def __init__(self, path: str, pattern: str):
        with open(path, "rb") as file:
            pairs = (line.split() for line in file.read().splitlines() if line)
            ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
        names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|extra_{index}|>" for index in range(205))]
        self.specials = {name: len(ranks) + index for index, name in enumerate(names)}
        self.encoding = tiktoken.Encoding(
            "qwen", pat_str=pattern, mergeable_ranks=ranks, special_tokens=self.specials
        )
        self.normalizer = normalizers.NFC()
        self.size = len(ranks) + len(names)

    def encode(self, texts: list[str], special: bool, parse: bool) -> list[Ids]:
        allowed = "all" if parse else set()
        return each(
            lambda text: guarded(
                self.encoding.encode,
                self.normalizer.normalize_str(text),
                allowed_special=allowed,
                disallowed_special=(),
            ),
            texts,
        )

    def decode(self, ids: list[list[int]], skip: bool) -> list[str | None]:
        hidden = set(self.specials.values()) if skip else set()
        return [self.encoding.decode([id for id in item if id not in hidden], errors="replace") for item in ids]


CLASSES = {"HuggingFace": HuggingFace, "SentencePiece": SentencePiece, "Tiktoken": Tiktoken}


def open_reference(name: str, arguments: dict):
    return CLASSES[name](**arguments)
