"""Ids and text of every tokenizer of the zoo: ours and the reference's, on the corpus and on random strings."""

import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from corpus_cases import as_text, cases, long_line
from fuzzing import Fuzzer, shortest
from probe import Probe, ProbeDied, ProbeError
from references import open_reference
from zoo.common import Entry

CHUNK = 500
# A tokenizer with one mistake in it fails thousands of times.
SHOWN_DIFFERENCES = 6
# Different inputs often have the same shortest form.
SEARCHES = 40


@dataclass
class Options:
    probe: str
    fuzz: int
    seed: int
    processes: int


@dataclass
class Result:
    name: str
    kind: str
    corpus: int = 0
    fuzz: int = 0
    # Inputs on which the reference fails or has no answer, in any mode.
    undefined: int = 0
    differences: int = 0
    seconds: float = 0
    reports: list[str] = field(default_factory=list)


class Check:
    """One tokenizer's comparison."""

    def __init__(self, entry: Entry, options: Options):
        self.entry = entry
        self.options = options
        self.texts: set[str] = set()
        self.result = Result(name=entry.name, kind=entry.path.rsplit("/", 1)[-1])

    def run(self) -> Result:
        start = time.monotonic()
        try:
            with Probe(self.options.probe) as self.probe:
                self.probe.ask("load", path=self.entry.path)
                self.reference = open_reference(self.entry.reference, self.entry.arguments)
                self.corpus()
                self.fuzz()
        except (ProbeError, ProbeDied) as error:
            self.result.differences += 1
            self.report(f"{'refused' if isinstance(error, ProbeError) else 'died'}: {error}")
        self.result.seconds = time.monotonic() - start
        return self.result

    def corpus(self) -> None:
        texts = [*cases(), *self.entry.specials, *(f"a {token} b" for token in self.entry.specials)]
        self.compare(texts, "corpus")
        self.compare([long_line()], "1 MB line", modes=self.reference.modes[:1])
        self.result.corpus = len(texts) + 1

    def fuzz(self) -> None:
        seed = f"{self.options.seed} {self.entry.name}"
        fuzzer = Fuzzer(seed, self.entry.specials)
        for start in range(0, self.options.fuzz, CHUNK):
            count = min(CHUNK, self.options.fuzz - start)
            self.compare(fuzzer.strings(count), f"seed '{seed}'")
            self.compare_decoding(fuzzer.id_lists(count // 10, self.reference.size), f"seed '{seed}'", streams=True)
            self.result.fuzz += count

    # MARK: Comparisons

    def compare(self, inputs: list[str | bytes], origin: str, modes=None) -> None:
        texts = [as_text(item) for item in inputs]
        for special, parse in modes or self.reference.modes:
            expected = self.reference.encode(texts, special, parse)
            found = self.probe.encode(inputs, special, parse)
            for item, want, have in zip(inputs, expected, found, strict=True):
                if want is None:
                    self.result.undefined += 1
                elif want != have:
                    self.encoding_differs(item, special, parse, origin)
            if (special, parse) in self.reference.modes[:2]:
                lists = [ids for ids in expected if ids is not None]
                self.compare_decoding(lists, origin, streams=not special)

    def compare_decoding(self, lists: list[list[int]], origin: str, streams: bool) -> None:
        """Decodes without special tokens as a whole, and with them token by token."""
        for skip in [True, False]:
            expected = self.reference.decode(lists, skip)
            for decode in [self.probe.decode] + ([self.probe.stream] if streams else []):
                for ids, want, have in zip(lists, expected, decode(lists, skip), strict=True):
                    if want is not None and want != have:
                        self.decoding_differs(ids, skip, decode, origin)

    def encoding_differs(self, item: str | bytes, special: bool, parse: bool, origin: str) -> None:
        def both(text):
            want = self.reference.encode([as_text(text)], special, parse)[0]
            return want, self.probe.encode([text], special, parse)[0]

        def fails(text):
            want, have = both(text)
            return want is not None and want != have

        if not self.is_shown():
            return
        if not isinstance(item, bytes) or not fails(as_text(item)):
            small = shortest(item, fails)
        else:
            small = shortest(as_text(item), fails)
        want, have = both(small)
        mode = f"special={special} parse={parse}"
        start = common_start(have, want)
        self.report(
            f"encode {mode}: {shown(small)}\n      ours      {clip(have, start)}\n      reference {clip(want, start)}",
            origin,
        )

    def decoding_differs(self, ids: list[int], skip: bool, decode, origin: str) -> None:
        def both(ids):
            return self.reference.decode([ids], skip)[0], decode([ids], skip)[0]

        def fails(ids):
            want, have = both(ids)
            return want is not None and want != have

        if not self.is_shown():
            return
        small = shortest(ids, fails)
        want, have = both(small)
        self.report(
            f"{decode.__name__} skip={skip}: {clip(small)}\n      ours      {shown(have)}\n      reference {shown(want)}",
            origin,
        )

    def is_shown(self) -> bool:
        """Counts a difference, and says whether to look for its shortest form."""
        self.result.differences += 1
        return self.result.differences <= SEARCHES and len(self.result.reports) < SHOWN_DIFFERENCES

    def report(self, text: str, origin: str = "") -> None:
        if text not in self.texts:
            self.texts.add(text)
            self.result.reports.append(text + (f"\n      from      {origin}" if origin else ""))


def shown(text: str | bytes) -> str:
    value = ascii(text)
    return value if len(value) <= 400 else f"{value[:400]}… ({len(text)} long)"


def common_start(first: list[int], second: list[int]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(first), len(second)))


def clip(ids: list[int], start: int = 0) -> str:
    """The ids around `start` where there are many."""
    if len(ids) <= 60:
        return str(ids)
    first = max(start - 6, 0)
    return f"{ids[first : first + 40]} from {first} of {len(ids)} ids"


def check(entry: Entry, options: Options) -> Result:
    return Check(entry, options).run()


def run(entries: list[Entry], options: Options) -> list[Result]:
    """Results in the order of the entries; progress goes to the terminal as they come."""
    results = {}
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tasks = {pool.submit(check, entry, options): entry for entry in entries}
        for task in as_completed(tasks):
            result = task.result()
            results[result.name] = result
            state = f"{result.differences} differences" if result.differences else "equal"
            print(f"  {result.name}: {state}, {result.seconds:.1f} s", flush=True)
    return [results[entry.name] for entry in entries]
