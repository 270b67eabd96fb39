"""Random strings that look for trouble, and the search for the shortest one that finds it."""

import random
from collections.abc import Callable

from corpus_cases import as_text, cases

ASCII = "".join(map(chr, range(0x20, 0x7F)))
WHITESPACE = ["\t", "\n", "\r\n", "\r", "\x0b", "\x0c", " ", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u3000", "\u200b"]
RANGES = [
    (0x00, 0x20), (0x20, 0x7F), (0x80, 0x100), (0x100, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700),
    (0x900, 0xE00), (0xE00, 0x1000), (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2C00), (0x3000, 0x3400), (0x4E00, 0xA000),
    (0xAC00, 0xD7A4), (0xE000, 0xF900), (0xF900, 0x10000), (0x10000, 0x20000), (0x1D400, 0x1D800), (0x1F300, 0x1FB00),
    (0x20000, 0x32000), (0xE0000, 0xE01F0), (0xF0000, 0x110000), (0x80, 0xD800), (0x10000, 0x110000),
]  # fmt: skip


class Fuzzer:
    """A seeded stream of strings; some of them are bytes that are no UTF-8."""

    def __init__(self, seed: str, specials: list[str]):
        self.random = random.Random(seed)
        self.fragments = [as_text(case) for case in cases()]
        self.fragments = [text for text in self.fragments if text]
        self.specials = specials

    def strings(self, count: int) -> list[str | bytes]:
        return [self.string() for _ in range(count)]

    def string(self) -> str | bytes:
        rng = self.random
        text = "".join(self.piece() for _ in range(min(int(rng.expovariate(0.4)) + 1, 12)))
        if rng.random() < 0.85:
            return text
        data = bytearray(text.encode())
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(data) + 1)
            change = rng.randrange(3)
            if change == 0:
                data.insert(place, rng.randrange(256))
            elif place < len(data):
                if change == 1:
                    data[place] ^= 1 << rng.randrange(8)
                else:
                    del data[place]
        return bytes(data)

    def piece(self) -> str:
        rng = self.random
        kind = rng.random()
        if kind < 0.4:
            fragment = rng.choice(self.fragments)
            start = rng.randrange(len(fragment))
            return fragment[start : start + rng.randint(1, 24)]
        if kind < 0.55:
            return rng.choice(WHITESPACE) * rng.choice([1, 1, 1, 2, 3, 7])
        if kind < 0.7:
            low, high = rng.choice(RANGES)
            return "".join(self.scalar(low, high) for _ in range(rng.randint(1, 5)))
        if kind < 0.85 and self.specials:
            token = rng.choice(self.specials)
            return token if rng.random() < 0.7 else token[rng.randrange(len(token)) :][: rng.randint(1, 9)]
        return "".join(rng.choices(ASCII, k=rng.randint(1, 8)))

    def scalar(self, low: int, high: int) -> str:
        value = self.random.randrange(low, high)
        return chr(value) if not 0xD800 <= value < 0xE000 else "\ufffd"

    def id_lists(self, count: int, size: int) -> list[list[int]]:
        """Random ids: bytes that are no UTF-8, most of the time. Low ids, often bytes, come often."""
        rng = self.random
        tops = [size, size, min(size, 300)]
        return [
            [rng.randrange(top) for _ in range(rng.randint(1, 20))]
            for top in (rng.choice(tops) for _ in range(count))
        ]


def shortest(value, fails: Callable, limit: int = 300):
    """Cuts pieces out of a string or list for as long as it still fails; at most `limit` attempts."""
    attempts = 0
    size = max(len(value) // 2, 1)
    while attempts < limit:
        index, changed = 0, False
        while index < len(value) and attempts < limit:
            candidate = value[:index] + value[index + size :]
            attempts += 1
            if len(candidate) > 0 and fails(candidate):
                value, changed = candidate, True
            else:
                index += size
        if size > 1:
            size = max(size // 2, 1)
        elif not changed:
            break
    return value
