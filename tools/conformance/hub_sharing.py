#!/usr/bin/env python3
"""Checks that this program and huggingface_hub use each other's downloads.

    hub_sharing.py EXECUTABLE

Both download from a hub on this machine and then find, offline, what the other one left. Needs the PyPI
package huggingface_hub.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "hub"))
from fake_hub import COMMIT, Hub  # noqa: E402

NAME = "tiny-org/tiny-model"
SELECTED = ["*.json", "*.safetensors"]


def repository():
    generator = random.Random(3)
    return {
        "config.json": b'{"architectures": ["LlamaForCausalLM"]}',
        "tokenizer.json": b"{}",
        "generation_config.json": json.dumps({"eos_token_id": 2}).encode(),
        "model-00001-of-00002.safetensors": generator.randbytes(80_000_000),
        "model-00002-of-00002.safetensors": generator.randbytes(50_000),
        "additional_chat_templates/tool.jinja": b"{{ messages }}",
    }


def python(environment, code):
    """Runs huggingface_hub in a process of its own: it reads its settings when it is imported."""
    outcome = subprocess.run(
        [sys.executable, "-c", "from huggingface_hub import *\n" + code], env=environment,
        capture_output=True, text=True, timeout=300)
    return outcome.stdout.strip() if outcome.returncode == 0 else "failed: " + outcome.stderr[-1500:]


def ours(executable, environment, *arguments):
    outcome = subprocess.run(
        [executable, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=300)
    return outcome.stdout.strip() if outcome.returncode == 0 else "failed: " + outcome.stderr


def same(files, folder):
    return [path for path, content in files.items() if (Path(folder) / path).read_bytes() != content]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    executable = os.path.abspath(sys.argv[1])
    files = repository()
    failures = 0

    def check(name, is_right, found=""):
        nonlocal failures
        print(f"{'ok' if is_right else 'FAILED'}: {name}" + ("" if is_right else f": {found}"))
        failures += not is_right

    hub = Hub({NAME: files})
    for direction in ("ours first", "theirs first", "theirs interrupted"):
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, HF_ENDPOINT=hub.endpoint, HF_HOME=folder, HF_HUB_DISABLE_XET="1")
            for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"):
                environment.pop(name, None)
            offline = dict(environment, HF_HUB_OFFLINE="1")
            storage = Path(folder) / "hub" / "models--tiny-org--tiny-model"
            expected = str(storage / "snapshots" / COMMIT)
            theirs = f"print(snapshot_download({NAME!r}))"
            if direction == "ours first":
                check("ours downloads", (found := ours(executable, environment, "pull", NAME)) == expected, found)
                check("theirs finds all of it offline", (found := python(offline, theirs)) == expected, found)
                selected = f"print(snapshot_download({NAME!r}, allow_patterns={SELECTED}))"
                check("theirs finds a selection offline", (found := python(offline, selected)) == expected, found)
                one = f"print(hf_hub_download({NAME!r}, 'additional_chat_templates/tool.jinja'))"
                path = expected + "/additional_chat_templates/tool.jinja"
                check("theirs finds a file in a folder offline", (found := python(offline, one)) == path, found)
                scan = f"r = scan_cache_dir(); print([x.repo_id for x in r.repos], len(r.warnings))"
                check("theirs lists it without warnings",
                      (found := python(offline, scan)) == f"['{NAME}'] 0", found)
                sent = hub.bytes_sent
                check("theirs has nothing to download", (found := python(environment, theirs)) == expected, found)
                check("theirs downloads nothing", hub.bytes_sent - sent < 10_000, hub.bytes_sent - sent)
            elif direction == "theirs first":
                check("theirs downloads", (found := python(environment, theirs)) == expected, found)
                check("ours finds it offline", (found := ours(executable, offline, "pull", NAME)) == expected, found)
                sent = hub.bytes_sent
                check("ours has nothing to download",
                      (found := ours(executable, environment, "pull", NAME)) == expected, found)
                check("ours downloads nothing", hub.bytes_sent - sent < 10_000, hub.bytes_sent - sent)
            else:
                # What versions before 2 leave: the file's beginning, under the name of its hash.
                content = files["model-00001-of-00002.safetensors"]
                (storage / "blobs").mkdir(parents=True)
                half = content[: len(content) // 2]
                (storage / "blobs" / (hub.sha256[id(content)] + ".incomplete")).write_bytes(half)
                sent = hub.bytes_sent
                check("ours goes on", (found := ours(executable, environment, "pull", NAME)) == expected, found)
                check("ours downloads the rest", hub.bytes_sent - sent < len(content) * 0.6, hub.bytes_sent - sent)
            check(f"{direction}: the files are the hub's", (found := same(files, expected)) == [], found)
    hub.stop()
    sys.exit(f"{failures} checks failed" if failures else 0)


if __name__ == "__main__":
    main()
