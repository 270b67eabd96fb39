"""Small tokenizers in the manner of published model families, trained here on text of our own.

`build(folder)` writes them all; it is deterministic, and the files are never committed. An `Entry` says which
file the program is to load and whose answers are right.
"""

import hashlib
import json
import shutil
from pathlib import Path

from . import byte_level, gguf_vocabularies, options, sentence_piece, word_piece
from .common import Entry
from .default_model import default_model

__all__ = ["Entry", "build", "default_model"]

SOURCES = sorted(Path(__file__).parent.glob("*.py")) + [
    Path(__file__).parents[1] / name
    for name in ("corpus_cases.py", "requirements.txt", "corpus/prose.txt", "corpus/code.txt")
]


def build(folder: Path) -> list[Entry]:
    """Writes the zoo below `folder`, or takes what an earlier run of the same generator wrote."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in SOURCES)).hexdigest()
    stamp = folder / "entries.json"
    if stamp.exists():
        found = json.loads(stamp.read_text())
        if found["digest"] == digest:
            return [Entry(**entry) for entry in found["entries"]]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = [
        *byte_level.build(folder), *sentence_piece.build(folder), *word_piece.build(folder),
        *options.build(folder),
    ]  # fmt: skip
    entries += gguf_vocabularies.build(folder)
    entries.sort(key=lambda entry: entry.name)
    stamp.write_text(json.dumps({"digest": digest, "entries": [vars(entry) for entry in entries]}, indent=1))
    return entries
