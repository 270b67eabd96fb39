#!/usr/bin/env python3
"""Checks that what a user gets wrong ends with exit code 1 and one line that says what to do.

Usage: cli_errors.py EXECUTABLE MODEL.gguf
"""

import json
import os
import struct
import subprocess
import sys
import tempfile


def gguf_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_of_architecture(name):
    """A GGUF file with no tensors and one piece of metadata."""
    metadata = gguf_string("general.architecture") + struct.pack("<I", 8) + gguf_string(name)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + metadata + bytes(64)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def make_cases(model, folder):
    """Name, arguments, and words that the message must have."""
    with open(model, "rb") as file:
        start = file.read(1 << 20)
    truncated = write(os.path.join(folder, "truncated.gguf"), start)
    header_only = write(os.path.join(folder, "header.gguf"), start[:20])
    empty = write(os.path.join(folder, "empty.gguf"), b"")
    not_gguf = write(os.path.join(folder, "text.gguf"), b"This is no model.\n" * 100)
    foreign = write(os.path.join(folder, "foreign.gguf"), gguf_of_architecture("hovercraft"))

    bare = os.path.join(folder, "bare")
    os.mkdir(bare)
    unknown = os.path.join(folder, "unknown")
    os.mkdir(unknown)
    config = {"architectures": ["HovercraftForCausalLM"], "model_type": "hovercraft", "hidden_size": 64}
    write(os.path.join(unknown, "config.json"), json.dumps(config).encode())
    broken = os.path.join(folder, "broken")
    os.mkdir(broken)
    write(os.path.join(broken, "config.json"), b'{"architectures": [')

    def chat(path, *arguments):
        return ["chat", path, "--prompt", "Hello", *arguments]

    missing = os.path.join(folder, "no-such-model.gguf")
    return [
        ("missing file", chat(missing), ["no-such-model.gguf"]),
        ("truncated GGUF", chat(truncated), ["truncated.gguf"]),
        ("GGUF of 20 bytes", chat(header_only), ["header.gguf"]),
        ("empty GGUF", chat(empty), ["empty.gguf"]),
        ("text instead of a GGUF", chat(not_gguf), ["text.gguf"]),
        ("GGUF of an unknown architecture", chat(foreign), ["hovercraft"]),
        ("folder without config.json", chat(bare), ["config.json"]),
        ("folder with a broken config.json", chat(broken), ["config.json"]),
        ("folder of an unknown architecture", chat(unknown), ["HovercraftForCausalLM"]),
        ("prompt longer than the context",
         ["chat", model, "--session-len", "64", "--prompt", "word " * 500], ["64", "--session-len"]),
        ("unknown dtype", chat(model, "--dtype", "float7"), ["float7"]),
        ("unknown chat template", chat(model, "--chat-template", "hovercraft"), ["hovercraft"]),
        ("wrong model format", chat(model, "--model-format", "hf"), ["--model-format", "gguf"]),
        ("unsupported backend", chat(model, "--backend", "pytorch"), ["--backend"]),
        ("unknown option", chat(model, "--hovercraft"), ["--hovercraft", "--help"]),
        ("unknown model to fetch", ["pull", "hovercraft-7b"], ["hovercraft-7b"]),
        ("profile of a missing file", ["benchmark", "profile_generation", missing], ["no-such-model.gguf"]),
    ]


def failure_of(executable, arguments, words, environment):
    """What is wrong with the outcome; None when it is as it should be."""
    try:
        outcome = subprocess.run(
            [executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=120)
    except subprocess.TimeoutExpired:
        return "did not end within 120 s"
    error = outcome.stderr.decode("utf-8", "replace")
    if outcome.returncode != 1:
        return f"exit code {outcome.returncode}, stderr {error!r}"
    if error.count("\n") != 1 or not error.endswith("\n") or not error.startswith("lmdeploy: error: "):
        return f"not one line of error: {error!r}"
    if outcome.stdout:
        return f"printed {outcome.stdout!r}"
    absent = [word for word in words if word not in error]
    return f"does not say {absent}: {error!r}" if absent else None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    executable, model = sys.argv[1:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, LMDEPLOY_CACHE=os.path.join(folder, "cache"))
        for name, arguments, words in make_cases(model, folder):
            failure = failure_of(executable, arguments, words, environment)
            print(f"{'FAILED' if failure else 'ok'}: {name}" + (f": {failure}" if failure else ""))
            failures += failure is not None
    sys.exit(f"{failures} checks failed" if failures else 0)


if __name__ == "__main__":
    main()
