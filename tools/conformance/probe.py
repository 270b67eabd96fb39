"""Asks the program's side: one JSON line to `ConformanceProbe`, one JSON line back."""

import base64
import json
import subprocess
import threading

# Far above the slowest request; a program that hangs is a failure, not a wait.
SECONDS_PER_REQUEST = 120


class ProbeError(Exception):
    """The program answered with an error; `answer` has its members."""

    def __init__(self, answer: dict):
        super().__init__(answer["error"])
        self.answer = answer


class ProbeDied(Exception):
    pass


class Probe:
    def __init__(self, path: str):
        self.path = path
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, op: str, **members) -> dict:
        """The answer's members. Raises `ProbeError` for an error, `ProbeDied` when there is no answer."""
        line = json.dumps({"op": op, **members}).encode() + b"\n"
        watch = threading.Timer(SECONDS_PER_REQUEST, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            watch.cancel()
        if not answer:
            raise ProbeDied(f"no answer to '{op}', exit status {self.process.wait()}: {line[:300]!r}")
        result = json.loads(answer)
        if "error" in result:
            raise ProbeError(result)
        return result

    def encode(self, texts: list[str | bytes], special: bool, parse: bool) -> list[list[int]]:
        if any(isinstance(text, bytes) for text in texts):
            data = (text if isinstance(text, bytes) else text.encode() for text in texts)
            members = {"bytes": [base64.b64encode(item).decode() for item in data]}
        else:
            members = {"texts": texts}
        return self.ask("encode", special=special, parse=parse, **members)["ids"]

    def decode(self, ids: list[list[int]], skip: bool) -> list[str]:
        return self.ask("decode", ids=ids, skip=skip)["texts"]

    def stream(self, ids: list[list[int]], skip: bool) -> list[str]:
        return self.ask("stream", ids=ids, skip=skip)["texts"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=20)

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_) -> None:
        try:
            self.close()
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
