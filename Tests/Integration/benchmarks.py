#!/usr/bin/env python3
"""Runs the throughput and memory benchmarks on the default model, with few requests.

Usage: benchmarks.py EXECUTABLE MODEL.gguf
"""

import csv
import json
import os
import subprocess
import sys
import tempfile

executable, model = sys.argv[1:3]
failures = []


def run(*arguments, succeeds=True):
    result = subprocess.run(
        [executable, "benchmark", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=300
    )
    if (result.returncode == 0) != succeeds:
        failures.append(f"{arguments}: exit code {result.returncode}, {result.stderr.decode().strip()}")
    return result.stdout.decode(), result.stderr.decode()


def expect(holds, what):
    if not holds:
        failures.append(what)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def random_requests(folder):
    table, report = os.path.join(folder, "random.csv"), os.path.join(folder, "random.json")
    lengths = ("--random-input-len", "40", "--random-output-len", "12", "--csv", table, "--session-len", "256")
    shown, _ = run("profile_throughput", model, "-c", "1", "4", "-n", "6", *lengths, "--json", report)
    expect("against 1" in shown, f"no scaling in {shown!r}")
    one, four = rows(table)
    expect(one["total_input_tokens"] == four["total_input_tokens"], "the concurrency changes the requests")
    expect(one["completed"] == four["completed"] == "6", f"{one['completed']}, {four['completed']} completed")
    expect(float(four["mean_ttft_ms"]) > 0, "no time to the first token")
    written = json.load(open(report))["throughput"]
    expect([part["concurrency"] for part in written] == [1, 4], "the JSON file has other measurements")
    expect(all(part["engine"]["blocks_in_use"] == 0 for part in written), "blocks are in use at the end")

    dropped = ("--cancel-rate", "1", "--no-stream-output", "--skip-detokenize")
    shown, _ = run("profile_throughput", model, "-c", "3", "-n", "9", *lengths, *dropped)
    expect("9 cancelled" in shown and " 0 blocks in use" in shown, f"cancelled requests show {shown!r}")
    last = rows(table)[-1]
    expect(len(rows(table)) == 3 and last["completed"] == "0", f"the third row is {last}")

    long = ("--long-prompt-len", "100", "-c", "2", "-n", "2")
    shown, _ = run("profile_throughput", model, *lengths, *long)
    expect("a prompt of 100 tokens beside 2 replies" in shown, f"no long prompt in {shown!r}")


def data_set(folder):
    path, table = os.path.join(folder, "chats.json"), os.path.join(folder, "chats.csv")
    question = "What is the tallest mountain of the world, and who climbed it first?"
    turns = [{"from": "human", "value": question}, {"from": "gpt", "value": "It is Mount Everest, climbed in 1953."}]
    with open(path, "w") as file:
        json.dump([{"id": str(index), "conversations": turns} for index in range(5)], file)
    run("profile_throughput", path, model, "--num_prompts", "4", "-c", "2", "--skip-tokenize", "--csv", table)
    run("profile_throughput", model, "--dataset-path", path, "-n", "4", "-c", "2", "--csv", table)
    ready, late = rows(table)
    expect(ready["dataset"] == "sharegpt" and ready["completed"] == "4", f"a data set gives {ready}")
    for column in ("total_input_tokens", "total_output_tokens"):
        expect(ready[column] == late[column], f"{column} depends on when prompts are tokenized")
    with open(path, "w") as file:
        file.write("[]")
    _, error = run("profile_throughput", path, model, succeeds=False)
    expect("usable" in error and error.count("\n") == 1, f"an empty data set: {error!r}")
    with open(table, "w") as file:
        file.write("something else\n")
    _, error = run("profile_throughput", model, "-n", "1", "--random-output-len", "1", "--csv", table, succeeds=False)
    expect("other columns" in error, f"a file with other columns: {error!r}")


def memory(folder):
    table = os.path.join(folder, "memory.csv")
    sizes = ("--batch", "1", "4", "--session-len", "100", "192")
    shown, _ = run("memory", model, *sizes, "--quant-policy", "0", "--csv", table)
    small, large = rows(table)
    expect(int(small["kv_cache_bytes"]) * 6 == int(large["kv_cache_bytes"]), "the cache is not batch x session")
    for row in (small, large):
        expect(float(row["peak_over_plan"]) <= 1.05, f"more memory than planned: {row}")
        expect(float(row["peak_over_plan"]) > 0.7, f"much less memory than planned: {row}")
    expect(shown.count("yes") == 2, f"memory prints {shown!r}")
    _, error = run("memory", os.path.join(folder, "none.gguf"), *sizes, "--quant-policy", "0", succeeds=False)
    expect("2 of 2 configurations" in error, f"a missing model: {error!r}")


with tempfile.TemporaryDirectory() as folder:
    random_requests(folder)
    data_set(folder)
    memory(folder)
for failure in failures:
    print(f"FAILED: {failure}")
print("benchmarks: " + (f"{len(failures)} failed" if failures else "all ok"))
sys.exit(1 if failures else 0)
