#!/usr/bin/env python3
"""Looks inside the default model as a user would: inspect, tokenize, detokenize and template.

Usage: inspection.py EXECUTABLE MODEL.gguf
"""

import json
import os
import struct
import subprocess
import sys
import tempfile

executable, model = sys.argv[1:3]
failures = []


def run(*arguments, stdin=b"", succeeds=True):
    result = subprocess.run([executable, *arguments], input=stdin, capture_output=True, timeout=60)
    if (result.returncode == 0) != succeeds:
        failures.append(f"{arguments}: exit code {result.returncode}, {result.stderr.decode().strip()}")
    return result.stdout.decode(), result.stderr.decode()


def expect(holds, what):
    if not holds:
        failures.append(what)


def inspects():
    text, _ = run("inspect", model)
    for words in ("GGUF version 3", "Q4_1 (210 tensors", "kv cache", "general.architecture", "49152 tokens"):
        expect(words in text, f"inspect does not print {words!r}")
    report = json.loads(run("inspect", model, "--json")[0])
    expect(len(report["tensors"]) == 272, f"inspect lists {len(report['tensors'])} tensors")
    expect(report["plan"]["value"]["weight_bytes"] > 80 << 20, "inspect plans no weights")
    listed, _ = run("inspect", model, "--tensors")
    expect("blk.29.ffn_down.weight" in listed, "inspect --tensors does not list the last layer")


def inspects_what_cannot_run(folder):
    def text(value):
        return struct.pack("<Q", len(value)) + value

    metadata = text(b"general.architecture") + struct.pack("<I", 8) + text(b"hovercraft")
    # A type that no version of the format has yet.
    tensor = text(b"x.weight") + struct.pack("<IQIQ", 1, 32, 99, 0)
    path = os.path.join(folder, "foreign.gguf")
    with open(path, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + metadata + tensor + bytes(128))
    shown, _ = run("inspect", path)
    expect("hovercraft" in shown and "cannot be run" in shown, "inspect does not show a foreign model")


def tokenizes():
    given = "Hello wörld 😀\n\t123<|im_end|> 漢字"
    report = json.loads(run("tokenize", model, "--json", stdin=given.encode())[0])
    expect(report["count"] == len(report["ids"]) == len(report["pieces"]), "tokenize --json does not add up")
    ids = [str(number) for number in report["ids"]]
    expect("2" in ids, "tokenize does not find <|im_end|>")
    back, _ = run("detokenize", model, "--ids", *ids)
    expect(back == given + "\n", f"detokenize gives {back!r}")
    back, _ = run("detokenize", model, "--skip-special-tokens", stdin=json.dumps(report["ids"]).encode())
    expect(back == given.replace("<|im_end|>", "") + "\n", f"without special tokens: {back!r}")
    _, error = run("detokenize", model, "--ids", "49152", succeeds=False)
    expect("49151" in error and error.count("\n") == 1, f"an id outside of the vocabulary: {error!r}")
    shown, _ = run("tokenize", model, "--text", "a\n")
    expect("'\\n'" in shown and "2 tokens" in shown, f"tokenize prints {shown!r}")


def fills_templates():
    messages = json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]).encode()
    prompt, reason = run("template", model, stdin=messages)
    expected = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    expect(prompt == expected, f"template prints {prompt!r}")
    expect("the model's own" in reason, f"template says {reason!r}")
    prompt, reason = run("template", model, "--chat-template", "llama3", "--no-generation-prompt", stdin=messages)
    expect(prompt.endswith("Hi<|eot_id|>"), f"the built-in template prints {prompt!r}")
    _, error = run("template", model, stdin=b"{}", succeeds=False)
    expect(error.count("\n") == 1, f"no list of messages: {error!r}")


with tempfile.TemporaryDirectory() as folder:
    inspects()
    inspects_what_cannot_run(folder)
    tokenizes()
    fills_templates()
for failure in failures:
    print(f"FAILED: {failure}")
print("inspection: " + (f"{len(failures)} failed" if failures else "all ok"))
sys.exit(1 if failures else 0)
