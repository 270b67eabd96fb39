#!/usr/bin/env python3
"""Runs `lmdeploy eval` on the default model.

Usage: evaluation.py EXECUTABLE MODEL.gguf
"""

import json
import os
import subprocess
import sys
import tempfile

executable, model = sys.argv[1:3]
goldens = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Goldens")
text = os.path.join(goldens, "evaluation.txt")
failures = []

QUESTIONS = [
    {"question": "The capital of France is", "choices": ["Paris", "an orange", "Tuesday"], "answer": "A"},
    {"context": "Two plus two is", "choices": ["four", "the sea", "yellow"], "answer": 0, "id": 7},
    {"prompt": "In the night the sky is full of", "choices": ["soup", "stars"], "answer": "stars"},
]


def run(*arguments, error=None):
    """Standard output, and the JSON file where one was asked for; `error` is what a refusal must say."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        command = [executable, "eval", *arguments] + ([] if error else ["--json", path])
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        shown = result.stderr.strip()
        if error is None:
            if result.returncode != 0 or shown:
                failures.append(f"{arguments}: exit code {result.returncode}, {shown}")
                return result.stdout, {}
            with open(path) as file:
                return result.stdout, json.load(file)
        if result.returncode == 0 or error not in shown or "\n" in shown:
            failures.append(f"{arguments}: exit code {result.returncode}, {shown!r}, expected {error!r}")
        return result.stdout, {}


def expect(holds, what):
    if not holds:
        failures.append(what)


def perplexity():
    """The reference is Hugging Face transformers in fp32, see Tests/Goldens/SCHEMA.md."""
    with open(os.path.join(goldens, "default-model", "perplexity.json")) as file:
        golden = json.load(file)
    window = str(golden["window"])
    windows = ("--text", text, "--max-length", window, "--stride", window)
    shown, report = run("perplexity", model, *windows, "--dtype", "float32")
    result = report.get("result", {})
    expected = golden["mean_negative_log_likelihood"]
    expect(abs(result.get("mean_negative_log_likelihood", 0) / expected - 1) < 1e-5,
           f"float32: mean {result.get('mean_negative_log_likelihood')}, expected {expected}")
    expect(result.get("tokens") == golden["scored_tokens"], f"{result.get('tokens')} tokens")
    expect(f"perplexity     {golden['perplexity']:.2f}" in shown, f"the table shows {shown!r}")
    reports = [
        run("perplexity", model, "--text", text, "--tokens", "300", "--max-length", "128", "--threads", threads)[1]
        for threads in ("1", "2")
    ]
    expect(reports[0].get("result") == reports[1].get("result"), "the number of threads changes the result")
    expect(reports[0].get("stride") == 64, f"stride {reports[0].get('stride')}, expected half of a window")


def divergence():
    part = ("--text", text, "--tokens", "200")
    shown, report = run("kl", model, model, *part)
    result = report.get("result", {})
    expect(result.get("maximum") == 0 and result.get("top1_agreement") == 1, f"from itself: {result}")
    agreement = [line.split("  ")[-1] for line in shown.splitlines() if line.startswith("same most likely")]
    expect(agreement == ["100.00 %"], f"the table shows {shown!r}")
    means = []
    for bits in ("8", "4"):
        _, report = run("kl", model, "--quant-policy", bits, *part)
        means.append(report.get("result", {}).get("mean", 0))
    expect(0 < means[0] < means[1], f"means with an 8-bit and a 4-bit cache: {means}")
    run("kl", model, *part, error="the candidate is the reference itself: name another model, or give --dtype")


def choice(folder):
    path = os.path.join(folder, "questions.jsonl")
    with open(path, "w") as file:
        file.write("\n\n".join(json.dumps(question) for question in QUESTIONS) + "\n")
    shown, report = run("choice", model, "--file", path)
    result = report.get("result", {})
    expect(result.get("accuracy", {}).get("value") == 1, f"accuracy {result.get('accuracy')}")
    expect(abs(result.get("chance", 0) - (1 / 3 + 1 / 3 + 1 / 2) / 3) < 1e-12, f"chance {result.get('chance')}")
    expect([item["line"] for item in result.get("items", [])] == [1, 3, 5], "lines are counted wrong")
    expect("100.00 ± 0.00 %" in shown, f"the table shows {shown!r}")
    _, report = run("choice", model, "--file", path, "--questions", "1")
    expect(report.get("result", {}).get("questions") == 1, "--questions changes nothing")
    with open(path, "a") as file:
        file.write('{"question": "q", "choices": ["a", "b"], "answer": "C"}\n')
    run("choice", model, "--file", path, error="line 6: 'answer' is 'C', expected")


def refusals():
    run("perplexity", model, error="--text")
    run("perplexity", model, "--text", "no-such-file", error="cannot read no-such-file")
    run("perplexity", model, "--text", text, "--max-length", "99999", error="--max-length is 99999, expected 2...")
    run("perplexity", model, "--text", text, "--max-length", "64", "--stride", "65", error="--stride is 65")
    run("perplexity", model, "--text", text, "--tokens", "1", error="--tokens is 1, expected at least 2")
    run("perplexity", model, "--text", "/dev/null", error="the text has 0 tokens, expected at least 2")
    run("perplexity", model, "--text", text, "--dtype", "int3", error="dtype is 'int3', expected auto")
    run("kl", model, model, "--text", text, "--quant-policy", "5", error="--quant-policy is 5, expected 0, 4 or 8")
    run("choice", model, "--file", "/dev/null", error="the file has no questions")


with tempfile.TemporaryDirectory() as folder:
    perplexity()
    divergence()
    choice(folder)
    refusals()

for failure in failures:
    print(f"FAILED: {failure}", file=sys.stderr)
print("eval on the default model: " + (f"{len(failures)} failures" if failures else "as expected"))
sys.exit(1 if failures else 0)
