"""Every part of a tokenizer.json and every option of it that the families leave out."""

from collections import Counter
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from .byte_level import byte_level, train
from .common import Entry, merges_of_words, most_common, plain, save, special, template, training_lines


def words_of(normalizer, pre_tokenizer, size: int) -> Counter:
    counts = Counter()
    for line in training_lines()[::3]:
        text = normalizer.normalize_str(line) if normalizer else line
        counts.update(word for word, _ in pre_tokenizer.pre_tokenize_str(text))
    return most_common(counts, size)


def assemble(model, *, normalizer=None, pre_tokenizer=None, decoder=None, added=()) -> Tokenizer:
    tokenizer = Tokenizer(model)
    parts = {"normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "decoder": decoder}
    for name, part in parts.items():
        if part is not None:
            setattr(tokenizer, name, part)
    for token in added:
        tokenizer.add_special_tokens([token]) if token.special else tokenizer.add_tokens([token])
    return tokenizer


def numbered(tokens) -> dict[str, int]:
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def added_tokens() -> Tokenizer:
    """Tokens that take the spaces around them, stand for whole words only, or are looked for after NFC."""
    odd = [
        AddedToken("<mask>", special=True, normalized=False, lstrip=True),
        AddedToken("<gap>", special=False, normalized=False, rstrip=True),
        AddedToken("<both>", special=True, normalized=True, lstrip=True, rstrip=True),
        AddedToken("word", special=False, normalized=True, single_word=True),
        AddedToken("the", special=False, normalized=False, single_word=True, lstrip=True),
        AddedToken("<cafe\u0301>", special=False, normalized=True),
        AddedToken("\n", special=False, normalized=False, lstrip=True, rstrip=True),
        *plain("<a>", "<ab>", "<abc>", "<ab", "a<b", "漢", "👍"),
    ]
    tokenizer = train(
        byte_level(add_prefix_space=True), special("<unk>", "<s>", "</s>") + odd, normalizer=normalizers.NFC(),
        all_bytes=False, model=models.BPE(unk_token="<unk>", fuse_unk=True),
    )  # fmt: skip
    tokenizer.post_processor = template(tokenizer, "<s> $A </s>")
    return tokenizer


def splits() -> Tokenizer:
    """Every behaviour of a split, by text and by expression, also inverted."""
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(",", "removed"),
            pre_tokenizers.Split("-", "merged_with_next"),
            pre_tokenizers.Split(Regex("[aeiou]+"), "contiguous"),
            pre_tokenizers.Split(Regex(r"\d"), "merged_with_previous"),
            pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "isolated", invert=True),
            pre_tokenizers.Split(Regex(r"(?<=x)y|\bz\b|q(?!u)"), "merged_with_next"),
            byte_level(use_regex=False),
        ]
    )
    return train(pre, special("<|end|>"))


def words() -> Tokenizer:
    """A word, an id; everything else is unknown."""
    normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    pre = pre_tokenizers.Whitespace()
    vocabulary = numbered(["<unk>", "[CLS]", "[SEP]", *words_of(normalizer, pre, 1500)])
    added = special("<unk>", "[CLS]", "[SEP]")
    tokenizer = assemble(
        models.WordLevel(vocabulary, "<unk>"), normalizer=normalizer, pre_tokenizer=pre, added=added
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return tokenizer


def scripts() -> Tokenizer:
    """Characters without a token are unknown one by one."""
    normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip()])
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.UnicodeScripts(),
            pre_tokenizers.CharDelimiterSplit("|"),
            pre_tokenizers.Punctuation("merged_with_previous"),
        ]
    )
    words = words_of(normalizer, pre, 500)
    merges = merges_of_words(words, 300, suffix="</w>")
    letters = sorted({letter for word in words for letter in word})
    tokens = ["<unk>", *letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    model = models.BPE(numbered(tokens), merges, unk_token="<unk>", end_of_word_suffix="</w>")
    decoder = decoders.BPEDecoder("</w>")
    return assemble(model, normalizer=normalizer, pre_tokenizer=pre, decoder=decoder, added=special("<unk>"))


def prefixed() -> Tokenizer:
    """BPE whose later parts of words have a mark, and unknown characters in a row are one."""
    normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase()])
    pre = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("isolated")])
    words = words_of(normalizer, pre, 500)
    merges = merges_of_words(words, 300, prefix="##")
    letters = sorted({letter for word in words for letter in word})
    tokens = ["<unk>", *letters, *(f"##{letter}" for letter in letters)]
    tokens += [left + right.removeprefix("##") for left, right in merges]
    model = models.BPE(
        numbered(tokens), merges, unk_token="<unk>", fuse_unk=True, continuing_subword_prefix="##"
    )
    decoder = decoders.WordPiece(prefix="##", cleanup=True)
    return assemble(model, normalizer=normalizer, pre_tokenizer=pre, decoder=decoder, added=special("<unk>"))


def letters() -> Tokenizer:
    """Characters as words, put together as speech models do it."""
    normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(r"\s+"), "|"), normalizers.Replace("ß", "ss"), normalizers.Prepend("|")]
    )
    pre = pre_tokenizers.Split(Regex("."), "isolated")
    alphabet = sorted({letter for line in training_lines()[:500] for letter in line} - {"|"})
    vocabulary = numbered(["<pad>", "<unk>", "|", *alphabet])
    decoder = decoders.CTC(pad_token="<pad>", word_delimiter_token="|", cleanup=True)
    return assemble(
        models.WordLevel(vocabulary, "<unk>"), normalizer=normalizer, pre_tokenizer=pre, decoder=decoder,
        added=special("<pad>", "<unk>"),
    )  # fmt: skip


def fixed_length() -> Tokenizer:
    return train(
        pre_tokenizers.Sequence([pre_tokenizers.FixedLength(5), byte_level(use_regex=False)]), special("<|end|>")
    )


def bert_variants() -> Tokenizer:
    """Accents kept, Chinese characters not set apart, control characters kept."""
    normalizer = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=True
    )
    pre = pre_tokenizers.BertPreTokenizer()
    words = words_of(normalizer, pre, 800)
    letters = sorted({letter for word in words for letter in word})
    tokens = ["[UNK]", *letters, *(f"##{letter}" for letter in letters), *words]
    model = models.WordPiece(numbered(tokens), unk_token="[UNK]", max_input_chars_per_word=12)
    decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return assemble(model, normalizer=normalizer, pre_tokenizer=pre, decoder=decoder, added=special("[UNK]"))


FAMILIES = {
    "added tokens": added_tokens, "bert variants": bert_variants, "fixed length": fixed_length, "letters": letters,
    "prefixed": prefixed, "scripts": scripts, "splits": splits, "words": words,
}  # fmt: skip


def build(folder: Path) -> list[Entry]:
    return [save(family(), folder, f"option: {name}") for name, family in FAMILIES.items()]
