"""SentencePiece models, and the tokenizer.json files that are made of them."""

import base64
import io
import json
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from .common import Entry, plain, save, special, template, training_lines

MARK = "▁"


class Pieces:
    """A trained model: its file and its fields."""

    def __init__(self, data: bytes):
        self.data = data
        self.proto = sentencepiece_model_pb2.ModelProto.FromString(data)
        self.vocabulary = [(piece.piece, piece.score) for piece in self.proto.pieces]
        self.ids = {piece: index for index, (piece, _) in enumerate(self.vocabulary)}
        self.charsmap = self.proto.normalizer_spec.precompiled_charsmap

    def tokens(self, *types: int) -> list[str]:
        return [piece.piece for piece in self.proto.pieces if piece.type in types]

    def merges(self) -> list[tuple[str, str]]:
        """Every way to make a piece of two others, the best piece first."""
        merges = []
        for piece, score in self.vocabulary:
            pairs = [
                (piece[:cut], piece[cut:])
                for cut in range(1, len(piece))
                if piece[:cut] in self.ids and piece[cut:] in self.ids
            ]
            pairs.sort(key=lambda pair: (self.ids[pair[0]], self.ids[pair[1]]))
            merges += [(pair, score) for pair in pairs]
        merges.sort(key=lambda merge: merge[1], reverse=True)
        return [pair for pair, _ in merges]

    def bpe(self) -> models.BPE:
        return models.BPE(self.ids, self.merges(), unk_token="<unk>", fuse_unk=True, byte_fallback=True)


def train(kind: str, size: int, *, normalization: str = "identity", **options) -> Pieces:
    writer = io.BytesIO()
    defaults = {
        "byte_fallback": normalization == "identity",
        "remove_extra_whitespaces": normalization != "identity",
        "character_coverage": 0.985,
        "add_dummy_prefix": True,
        "split_digits": normalization == "identity",
        "allow_whitespace_only_pieces": normalization == "identity",
    }
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(training_lines()),
        model_writer=writer,
        model_type=kind,
        vocab_size=size,
        normalization_rule_name=normalization,
        num_threads=1,
        minloglevel=2,
        max_sentence_length=8192,
        **{**defaults, **options},
    )
    return Pieces(writer.getvalue())


def save_model(pieces: Pieces, folder: Path, name: str, config: dict | None = None, eos: bool = False) -> Entry:
    """A folder without tokenizer.json. `config` is its tokenizer_config.json."""
    path = folder / f"{name}-model" / "tokenizer.model"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pieces.data)
    if config is not None:
        path.with_name("tokenizer_config.json").write_text(json.dumps(config))
    return Entry(
        name=f"{name} (model)",
        path=str(path.parent),
        reference="SentencePiece",
        arguments={"path": str(path), "bos": not eos and pieces.proto.trainer_spec.bos_id >= 0, "eos": eos},
        specials=pieces.tokens(2, 3, 4),
    )


# MARK: BPE with byte fallback


def prepend_normalizer():
    return normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])


def fallback_decoder(strip: bool = True):
    steps = [decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if strip else []))


def llama(pieces: Pieces, added: list[AddedToken], *, metaspace: bool = False, single: str = "<s> $A") -> Tokenizer:
    """Llama 2's file in its older form, or with Metaspace in its newer one."""
    tokenizer = Tokenizer(pieces.bpe())
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(MARK, "first", split=False)
    else:
        tokenizer.normalizer = prepend_normalizer()
    tokenizer.decoder = fallback_decoder()
    for token in added:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    tokenizer.post_processor = template(tokenizer, single)
    return tokenizer


def without_prefix(pieces: Pieces, added: list[AddedToken], *, split: bool, single: str) -> Tokenizer:
    """Gemma's file: spaces are replaced and nothing is put in front."""
    tokenizer = Tokenizer(pieces.bpe())
    tokenizer.normalizer = normalizers.Replace(" ", MARK)
    if split:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = fallback_decoder(strip=False)
    for token in added:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    tokenizer.post_processor = template(tokenizer, single)
    return tokenizer


def byte_fallback_families(folder: Path) -> list[Entry]:
    base = special("<unk>", "<s>", "</s>")
    llama2 = train("bpe", 2400)
    entries = [
        save_model(llama2, folder, "llama-2"),
        save(llama(llama2, base), folder, "llama-2"),
        save(llama(llama2, base, metaspace=True), folder, "llama-2-metaspace"),
        save(llama(llama2, base), folder, "mistral-v1"),
    ]
    roles = ["<|endoftext|>", "<|assistant|>", "<|placeholder1|>", "<|system|>", "<|end|>", "<|user|>"]
    phi = special("<unk>", "<s>") + plain("</s>", rstrip=True) + special(*roles, rstrip=True)
    entries.append(save(llama(llama2, phi, single="$A"), folder, "phi-3"))

    chat = ["<|plugin|>", "<|interpreter|>", "<|action_end|>", "<|action_start|>", "<|im_end|>", "<|im_start|>"]
    internlm = train("bpe", 2300)
    entries += [
        save_model(internlm, folder, "internlm-2"),
        save(llama(internlm, base + special(*chat)), folder, "internlm-2"),
    ]

    controls = ["[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]"]
    mistral = train("bpe", 2300, control_symbols=controls)
    entries += [
        save_model(mistral, folder, "mistral-v3"),
        save(llama(mistral, base + special(*controls), metaspace=True), folder, "mistral-v3"),
    ]
    return entries + gemma_families(folder)


def gemma_families(folder: Path) -> list[Entry]:
    turns = ["<start_of_turn>", "<end_of_turn>"]
    runs = ["\n" * count for count in range(1, 6)] + [MARK * count for count in range(2, 8)] + ["\t\t", "\t\t\t"]
    runs += ["<table>", "<tr>", "<td>", "</td>", "[multimodal]"]
    added = special("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *turns)
    names = {"pad_piece": "<pad>", "eos_piece": "<eos>", "bos_piece": "<bos>"}
    gemma = train(
        "bpe", 2400, add_dummy_prefix=False, control_symbols=["<mask>", *turns], user_defined_symbols=runs,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3, **names,
    )  # fmt: skip
    baichuan = train("bpe", 2300, add_dummy_prefix=False, control_symbols=["<reserved_0>", "<reserved_1>"])
    reserved = special("<unk>", "<s>", "</s>", "<reserved_0>", "<reserved_1>")
    return [
        save_model(gemma, folder, "gemma", {"bos_token": "<bos>", "eos_token": "<eos>"}),
        save(without_prefix(gemma, added + plain(*runs), split=True, single="<bos> $A"), folder, "gemma"),
        save_model(baichuan, folder, "baichuan-2"),
        save(without_prefix(baichuan, reserved, split=False, single="$A"), folder, "baichuan-2"),
    ]


# MARK: Unigram


def unigram(vocabulary, unknown: int, added: list[AddedToken], **options) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(vocabulary, unknown, options.pop("byte_fallback", False)))
    for name, value in options.items():
        setattr(tokenizer, name, value)
    for token in added:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    return tokenizer


def precompiled(pieces: Pieces):
    return normalizers.Precompiled(pieces.charsmap)


def metaspace(split_whitespace: bool = False):
    pre = pre_tokenizers.Metaspace(MARK, "always")
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre]) if split_whitespace else pre


def t5(pieces: Pieces) -> Tokenizer:
    extra = special("<pad>", "</s>", "<unk>", *(f"<extra_id_{index}>" for index in reversed(range(20))))
    tokenizer = unigram(
        pieces.vocabulary, 2, extra, normalizer=precompiled(pieces), pre_tokenizer=metaspace(True),
        decoder=decoders.Metaspace(MARK, "always"),
    )  # fmt: skip
    tokenizer.post_processor = template(tokenizer, "$A </s>", "$A </s> $B </s>")
    return tokenizer


def xlm_roberta(pieces: Pieces) -> Tokenizer:
    """The ids are shifted by one, and spaces in a row are made one by the normaliser."""
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces.vocabulary[3:], ("<mask>", 0.0)]
    normalizer = normalizers.Sequence(
        [
            precompiled(pieces),
            normalizers.Strip(left=False, right=True),
            normalizers.Replace(Regex(" {2,}"), MARK),
        ]
    )
    added = special("<s>", "<pad>", "</s>", "<unk>") + special("<mask>", lstrip=True)
    tokenizer = unigram(
        vocabulary, 3, added, normalizer=normalizer, pre_tokenizer=metaspace(),
        decoder=decoders.Metaspace(MARK, "always"),
    )  # fmt: skip
    tokenizer.post_processor = template(tokenizer, "<s> $A </s>", "<s> $A </s> </s> $B </s>")
    return tokenizer


def albert(pieces: Pieces) -> Tokenizer:
    normalizer = normalizers.Sequence(
        [
            normalizers.Replace("``", '"'),
            normalizers.Replace("''", '"'),
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            precompiled(pieces),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    added = special("<pad>", "<unk>", "[CLS]", "[SEP]") + special("[MASK]", lstrip=True)
    tokenizer = unigram(
        pieces.vocabulary, 1, added, normalizer=normalizer, pre_tokenizer=metaspace(),
        decoder=decoders.Metaspace(MARK, "always"),
    )  # fmt: skip
    tokenizer.post_processor = template(tokenizer, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]")
    return tokenizer


def unigram_bytes(pieces: Pieces) -> Tokenizer:
    """Unigram whose unknown characters become bytes."""
    tokenizer = unigram(
        pieces.vocabulary, 0, special("<unk>", "<s>", "</s>"), byte_fallback=True,
        pre_tokenizer=pre_tokenizers.Metaspace(MARK, "always", split=False), decoder=fallback_decoder(),
    )  # fmt: skip
    tokenizer.post_processor = template(tokenizer, "<s> $A")
    return tokenizer


def unigram_families(folder: Path) -> list[Entry]:
    nfkc = {"normalization": "nmt_nfkc"}
    t5_pieces = train("unigram", 2000, **nfkc, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    xlmr_pieces = train("unigram", 2000, **nfkc)
    albert_pieces = train(
        "unigram", 2000, normalization="nmt_nfkc_cf", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
    )  # fmt: skip
    bytes_pieces = train("unigram", 1900)
    entries = [
        save_model(t5_pieces, folder, "t5", {"tokenizer_class": "T5Tokenizer"}, eos=True),
        save_model(xlmr_pieces, folder, "xlm-roberta"),
        save_model(albert_pieces, folder, "albert"),
        save_model(bytes_pieces, folder, "unigram-bytes"),
    ]
    return entries + [
        save(t5(t5_pieces), folder, "t5"),
        save(xlm_roberta(xlmr_pieces), folder, "xlm-roberta"),
        save(albert(albert_pieces), folder, "albert"),
        save(unigram_bytes(bytes_pieces), folder, "unigram-bytes"),
    ]


def build(folder: Path) -> list[Entry]:
    return byte_fallback_families(folder) + unigram_families(folder)
