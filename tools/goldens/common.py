"""What the golden generators share: the weight generator, file output, reference forward passes."""

import hashlib
import json
import os
from pathlib import Path

import numpy

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDENS = REPOSITORY / "Tests" / "Goldens"

FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
MASK64 = (1 << 64) - 1


def fnv1a64(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    state = FNV_OFFSET
    for byte in data:
        state = ((state ^ byte) * FNV_PRIME) & MASK64
    return state


def splitmix64(values: numpy.ndarray) -> numpy.ndarray:
    """The splitmix64 output function of each state in `values` (uint64, wrapping)."""
    z = values + numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def stream(name: str, count: int) -> numpy.ndarray:
    """`count` random uint64 values that depend on `name` and the index alone."""
    with numpy.errstate(over="ignore"):
        return splitmix64(numpy.uint64(fnv1a64(name.encode())) + numpy.arange(count, dtype=numpy.uint64))


def uniform(name: str, count: int) -> numpy.ndarray:
    """float32 values in [-1, 1) with 24 random bits each, exact in float32."""
    bits = (stream(name, count) >> numpy.uint64(40)).astype(numpy.int64)
    return ((bits - (1 << 23)).astype(numpy.float32)) / numpy.float32(1 << 23)


def prompt_ids(name: str, length: int, vocabulary: int) -> list[int]:
    """Token ids that depend on `name` and the index alone."""
    return [int(value) % vocabulary for value in stream(name, length)]


def to_bfloat16_bits(values: numpy.ndarray) -> numpy.ndarray:
    """Round float32 to the bits of the nearest bfloat16, ties to even; finite values only."""
    bits = values.astype(numpy.float32).view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def stored_bytes(values: numpy.ndarray, storage: str) -> bytes:
    """The little-endian bytes of `values` as a checkpoint of that storage type holds them."""
    if storage == "F32":
        return values.astype("<f4").tobytes()
    if storage == "F16":
        return values.astype("<f2").tobytes()
    if storage == "BF16":
        return to_bfloat16_bits(values).astype("<u2").tobytes()
    raise ValueError(f"unknown storage {storage!r}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def versions(*modules: str) -> dict[str, str]:
    """Installed versions, without local suffixes such as `+cpu`."""
    from importlib.metadata import version

    return {module: version(module).split("+")[0] for module in modules}


def check_versions(*modules: str) -> None:
    """Refuse to run on versions other than the pinned ones, unless GOLDENS_ANY_VERSION=1."""
    pinned = {}
    for line in (Path(__file__).parent / "requirements.txt").read_text().splitlines():
        name, separator, value = line.partition("==")
        if separator:
            pinned[name.strip()] = value.strip()
    wrong = {
        module: installed
        for module, installed in versions(*modules).items()
        if pinned.get(module) != installed
    }
    if wrong and os.environ.get("GOLDENS_ANY_VERSION") != "1":
        lines = [f"{name}: installed {found}, pinned {pinned.get(name)}" for name, found in wrong.items()]
        raise SystemExit(
            "; ".join(lines)
            + "; run pip install -r tools/goldens/requirements.txt, or set GOLDENS_ANY_VERSION=1"
        )


def float32_text(value: float) -> str:
    """The shortest decimal that reads back as the same float32."""
    text = str(numpy.float32(value))
    if text in ("nan", "inf", "-inf"):
        raise ValueError("a golden number is not finite")
    return text


class Float32(float):
    """A number that the JSON writer prints with float32 precision."""

    def __repr__(self) -> str:
        return float32_text(self)


def float32_list(values) -> list[Float32]:
    return [Float32(value) for value in values]


def dumps(value, indent: int = 0) -> str:
    """JSON with one line per innermost list, so that goldens stay small and diffs stay readable."""
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        line = ", ".join(f"{json.dumps(key)}: {dumps(item)}" for key, item in value.items())
        if "\n" not in line and len(line) <= 106:
            return "{" + line + "}"
        body = ",\n".join(f"{pad}{json.dumps(key)}: {dumps(item, indent + 1)}" for key, item in value.items())
        return "{\n" + body + "\n" + " " * indent + "}"
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (dict, list, tuple)) for item in value):
            body = ",\n".join(pad + dumps(item, indent + 1) for item in value)
            return "[\n" + body + "\n" + " " * indent + "]"
        return "[" + ",".join(dumps(item) for item in value) + "]"
    if isinstance(value, Float32):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(value) + "\n", encoding="utf-8")
    shown = path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
    print(f"wrote {shown} ({path.stat().st_size:,} bytes)")
