"""WordPiece: BERT, cased and uncased."""

from collections import Counter
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from .common import Entry, save, special, template, training_lines

NAMES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def pieces_of_words(words: Counter) -> list[str]:
    """Letters, and the beginnings and later parts of words that occur most often."""
    letters, parts = Counter(), Counter()
    for word, times in words.items():
        for start in range(min(len(word), 12)):
            mark = "##" if start else ""
            letters[word[start]] += times
            for end in range(start + 2, min(len(word), start + 8) + 1):
                parts[mark + word[start:end]] += times * (end - start)
    frequent = [letter for letter, _ in sorted(letters.items(), key=lambda item: (-item[1], item[0]))[:900]]
    frequent.sort()
    longer = sorted(parts.items(), key=lambda item: (-item[1], item[0]))[:1500]
    return [*frequent, *(f"##{letter}" for letter in frequent), *(part for part, _ in longer)]


def bert(lowercase: bool) -> Tokenizer:
    normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    pre = pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word for line in training_lines() for word, _ in pre.pre_tokenize_str(normalizer.normalize_str(line))
    )
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(NAMES + pieces_of_words(words)))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens(special(*NAMES))
    tokenizer.post_processor = template(tokenizer, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]")
    return tokenizer


def build(folder: Path) -> list[Entry]:
    return [save(bert(True), folder, "bert-uncased"), save(bert(False), folder, "bert-cased")]
