"""The committed hard corpus: prose, code, and cases that are easier to write as code than as text.

Everything is written for this project. A case is a `str`, or `bytes` where it is no UTF-8; the reference
sees bytes as Python's `errors="replace"` shows them.
"""

import random
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
SEED = 3

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

SPACES = [
    "", " ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", "\n\n\n\n\n", " \n", "\n ", " \n \n ", "\t\t\t\tx",
    " x", "  x", "x ", "x  ", " x ", "   x   y    z     ", "a b  c   d    e     f", "x\n\n\ny", "x \n y", "x\t y",
    "line one\r\nline two\r\n\r\nline three\r\n", "a\r\r\nb\n\rc", "\u00a0", "a\u00a0b \u00a0 c\u00a0", "\u3000",
    "\u3000全角\u3000 空白 \u3000", "\u200b", "a\u200bb\u200c\u200d c\u2060d\ufeff", "\ufeffmark first", "\u2028x\u2029y",
    "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", "x\u0085y", "x\x0by\x0cz",
    "    four\n        eight\n\ttab\n \tmixed \t mixed\n", "end.\n\n\n  next", "?!\n\n \n x", " " * 40, "\t" * 17,
    "\n" * 33, "a" + " " * 100 + "b", " \u00a0 \u3000 \t ", "▁", "▁▁ ▁x▁ ▁", "a▁b c▁ d", " ▁", "\x1c\x1d\x1e\x1f x",
]  # fmt: skip

SYMBOLS = [
    "'", "''", "'s", "it's 's 'S 't 're 'VE 'll 'd", "’s it’s", "'ſ 'ſt", "…", "...", "--", "—", "–", "``x''", "``",
    "\"quoted\" “curly” „low“ «guillemets» 「角」", "!@#$%^&*()_+-=[]{}|;':,./<>?`~\\", "¿¡§¶†‡•‰′″‹›⁂", "a.b,c;d:e!f?",
    "==" * 20, "-" * 70, "#" * 9 + " title", "a_b__c___d", "C++ C# F# .NET @user #tag", "x=-1;y=+2;z=~3", "1+1=2",
    "½ ¼ ¾ ⅓ ⅞ ² ³ ¹ ⁴ ₂ № ™ ® © ª º", "∑∏∫√∞≈≠≤≥±×÷∂∇∈∉⊂⊃∀∃", "←↑→↓↔⇒⇔", "■□▲△●○★☆♠♥", "─│┌┐└┘├┤┬┴┼═║",
]  # fmt: skip

NUMBERS = [
    "0", "7", "42", "123", "1234", "12345", "123456", "1234567890", "3.14159", "1,000,000", "1e-10", "0x1F", "0b1010",
    "١٢٣٤٥", "۱۲۳۴۵", "१२३४५", "১২৩", "๑๒๓๔", "１２３４５", "一二三四五六七", "Ⅷ ⅻ Ⅳ", "①②③⑳", "㊀㊁", "𝟏𝟐𝟑 𝟘𝟙𝟚", "༡༢༣",
    "1st 2nd 3rd 4th", "a1b22c333d4444", "2024-03-15T10:45:00Z", "+49 (0)30 1234-567", "1" * 50, "12 345 678", "5's",
]  # fmt: skip

EMOJI = [
    "😀", "😀😁😂", FAMILY, "👍🏽", "👍🏿👎🏻", "🇩🇪🇫🇷🇯🇵", "🇩", "❤️", "❤", "1️⃣#️⃣", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏾‍💻 writes", "a😀b😀", "🧑‍🤝‍🧑",
    "☺︎☺️", "🤷🏼‍♀️", "\U0001f600\u200d", "\u200d\U0001f600", "🀄🃏", "🫠🫶🏿", "text😀\n😀text",
]  # fmt: skip

MARKS = [
    "é", "e\u0301", "e\u0301\u0323", "e\u0323\u0301", "a\u0308\u0304", "a\u0304\u0308", "\u0301", " \u0301", "\u0301a", "x\u0334\u0345y\u0300",
    "Å", "A\u030a", "\u212b", "ﬁ ﬂ ﬃ ﬅ", "Ａｂｃ１２３！", "ｶﾞｷﾞﾊﾟ", "が か\u3099", "㍿ ㎏ ㏕ ℡ ㈱", "ǆ Ǆ ǅ ĳ Ĳ", "ﷺ ﷽ ﻻ", "ſ ẛ ẛ\u0323", "ΐ ΐ ΰ",
    "Ω Ω K K", "İ i\u0307 ı I", "ß ẞ ŉ ǰ", "Σ σ ς ΑΣ ΑΣΑ", "각 가\u11a8 \u1100\u1161 \u1100\u1161\u11a8 ㄱㅏ ﾡ", "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "क\u094d\u0937 क्ष क़ क\u093c", "ก็ กำ น้ำ", "\u0f71\u0f72\u0f73", "नि नी", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝓯𝓪𝓷𝓬𝔂 𝕕𝕠𝕦𝕓𝕝𝕖", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́O", "豈 更 \uf900",
    "\u2126\u00c5\u03d3\u0390", "a" + "\u0301" * 40, "\u05e9\u05c1\u05bc \u05e9\u05bc\u05c1", "\u0627\u0653 \u0622", "\u0344 \u0374 \u037e \u0387",
]  # fmt: skip

CONTROLS = [
    "\x00", "a\x00b", "\x01\x02\x03", "\x7f", "\x1b[31mred\x1b[0m", "\x80\x9f", "a\u202eb\u202c", "\u2066x\u2069", "\ufffe\uffff", "\ufffd",
    "\ue000\uf8ff", "\U000e0001\U000e0041", "\U000f0000", "\U0010ffff", "\ufdd0", "\u00ad soft\u00adhyphen", "\u034f", "\u061c", "\u180e",
    "\U0001d400\U00020000\U0002a6d6\U00030000", "\u0600\u06dd", "\u115f\u1160\u3164", "<0x41> <0x0A> <0xFF>", "</w> ## ##a Ġ Ċ Ã©",
]  # fmt: skip

# What a special token looks like in some tokenizer, whole, broken, glued and nested.
SPECIALS = [
    "<s>", "</s>", "<unk>", "<pad>", "<mask>", "[CLS] a [SEP] b [MASK]", "<|endoftext|>", "<|im_start|>user\nhi<|im_end|>\n",
    "<|im_start|", "|im_end|>", "<|im_<|im_end|>start|>", "a<|endoftext|>b", "a <|endoftext|> b", "<|endoftext|><|endoftext|>",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>", "[INST] hi [/INST]", "[INST]", "[/INST]x", "<start_of_turn>user\nhi<end_of_turn>\n",
    "<|user|>\nhi<|end|>\n<|assistant|>\n", "<|user|>  x", "x  <|end|>  ", "[gMASK]<sop><|user|>\nhi", "<extra_id_0> x <extra_id_1>", "<｜begin▁of▁sentence｜>hi<｜Assistant｜>",
    "<S>", "</ s>", "< s >", "<s", "s>", "<<s>>", "<s><s></s>", "x<s>y</s>z", " <s> ", "\n<s>\n", "<mask>a<mask> b <mask> ", "<tool_call>\n{}\n</tool_call>", "<think>\n\n</think>",
    "<unused7>", "<table><tr><td>", "<|extra_0|>", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", "<reserved_7>", "▁<s>", "<0x0A>", "[UNK]", "<|reserved_special_token_3|>",
    "<|IM_START|>", "<|im_start|>" * 30,
]  # fmt: skip

INVALID = [
    b"\xff", b"\xc3", b"\xc3(", b"a\x80b", b"\xe4\xb8", b"\xe4\xb8\xad\xe4", b"\xf0\x9f\x98", b"\xf0\x9f\x98\x80\xf0\x9f", b"\xed\xa0\x80", b"\xed\xbf\xbfx",
    b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
    b"\xfe\xff\x00a", b"text \xe9t\xe9 latin1", b"\x80" * 20, b"\xe2\x82", b"\xe2\x28\xa1", b"\xf0\x28\x8c\xbc", b"\xf0\x90\x28\xbc", b"\xf4\x8f\xbf", b"ok\xf1\x80\x80",
]  # fmt: skip


def prose() -> list[str]:
    return (FOLDER / "prose.txt").read_text(encoding="utf-8").splitlines()


def code() -> list[str]:
    return (FOLDER / "code.txt").read_text(encoding="utf-8").split("\n%%\n")


def long_words() -> list[str]:
    """Words that no pre-tokenizer cuts, where an encoder can be quadratic."""
    return [
        "a" * 3000, "ab" * 2000, "漢" * 1500, "é" * 1500, "\u0301" * 1000, "😀" * 700, "=" * 3000, "x" * 99, "x" * 100, "x" * 101,
        "".join(chr(0x61 + index * index % 26) for index in range(4000)), "_" * 500 + "end", "กขค" * 400, "ᄀ" * 300 + "ᅡ" * 300,
    ]  # fmt: skip


def long_line(size: int = 1_000_000) -> str:
    """About `size` bytes on one line: prose, code and runs, in a fixed order."""
    rng = random.Random(SEED)
    pool = [line for line in prose() + code() + SYMBOLS + NUMBERS + EMOJI if line]
    pieces, length = [], 0
    while length < size:
        piece = rng.choice(pool).replace("\n", " ") + rng.choice([" ", " ", "  ", ", ", ""])
        pieces.append(piece)
        length += len(piece.encode())
    return "".join(pieces)


def cases() -> list[str | bytes]:
    """Everything but the long line."""
    lines = prose()
    return [
        *SPACES, *SYMBOLS, *NUMBERS, *EMOJI, *MARKS, *CONTROLS, *SPECIALS, *INVALID, *lines, *code(), *long_words(),
        "\n".join(lines), " ".join(code()), "\r\n".join(lines[:9]),
    ]  # fmt: skip


def as_text(case: str | bytes) -> str:
    return case.decode("utf-8", errors="replace") if isinstance(case, bytes) else case
