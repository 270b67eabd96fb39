"""The list of golden files with their sizes and SHA-256. Needs nothing but the standard library."""

import hashlib
import json
from pathlib import Path

GOLDENS = Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
MANIFEST = GOLDENS / "MANIFEST.json"
# Written by hand and not golden data.
UNLISTED = {"MANIFEST.json", "SCHEMA.md"}


def measured() -> dict[str, dict]:
    """Every golden file as it is now."""
    files = {}
    for path in sorted(GOLDENS.rglob("*")):
        name = path.relative_to(GOLDENS).as_posix()
        if path.is_file() and name not in UNLISTED:
            data = path.read_bytes()
            files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return files


def write() -> None:
    files = measured()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in files.items())
    MANIFEST.write_text('{\n "files": {\n' + lines + "\n }\n}\n", encoding="utf-8")
    total = sum(entry["bytes"] for entry in files.values())
    print(f"wrote Tests/Goldens/MANIFEST.json ({len(files)} files, {total:,} bytes)")


def differences() -> list[str]:
    """One line for each file that is missing, changed, or not listed."""
    listed = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    found = measured()
    return (
        [f"{name}: listed, but missing" for name in sorted(listed.keys() - found.keys())]
        + [f"{name}: not listed" for name in sorted(found.keys() - listed.keys())]
        + [f"{name}: changed" for name in sorted(listed.keys() & found.keys()) if listed[name] != found[name]]
    )
