"""The engines that peers.py compares: how each is run, and how its speed is read from what it says."""

import json
import os
import selectors
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# The slowest cell that was seen, 32 replies of a 7B model, takes a fifth of this.
TIMEOUT_SECONDS = 900


class EngineError(Exception):
    """An engine did not do what it was asked to; the text says what it said."""


@dataclass(frozen=True)
class Cell:
    """What is measured: the prompt when `completion` is 1, otherwise the tokens after the first."""

    batch: int
    prompt: int
    completion: int

    @property
    def is_prefill(self) -> bool:
        return self.completion == 1

    @property
    def context(self) -> int:
        return self.batch * (self.prompt + self.completion)

    def __str__(self) -> str:
        return f"prefill {self.prompt}" if self.is_prefill else f"decode b{self.batch}"


def run(command: list[str], with_errors: bool = False) -> str:
    """Standard output of a command, and standard error after it when that is asked for."""
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL,
            # Some leave a log where they run.
            cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(str(error)) from None
    if result.returncode != 0:
        said = (result.stderr + result.stdout).strip().splitlines()
        raise EngineError(f"{command[0]} exited with {result.returncode}: {' / '.join(said[-3:])}")
    return result.stdout + (result.stderr if with_errors else "")


class LMDeploy:
    """`lmdeploy benchmark profile_generation`."""

    def __init__(self, name: str, program: str, model: str, threads: int, flags: list[str]):
        self.name = name
        self.version = None
        self.command = [program, "benchmark", "profile_generation", model, "--threads", str(threads), *flags]

    def start(self) -> None:
        pass

    def measure(self, cell: Cell, repeats: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            # The prompts of replies warm up what the replies need.
            warm_up = 1 if cell.is_prefill else 0
            run([
                *self.command,
                "--concurrency", str(cell.batch), "--prompt-tokens", str(cell.prompt),
                "--completion-tokens", str(cell.completion), "--test-round", str(repeats),
                "--warmup-round", str(warm_up),
                "--csv", str(Path(folder) / "report.csv"), "--json", str(report),
            ])  # fmt: skip
            row = json.loads(report.read_text())[0]
        return row["prefill_tokens_per_second" if cell.is_prefill else "decode_tokens_per_second"]

    def stop(self) -> None:
        pass


class LlamaCpp:
    """`llama-bench` for prompts, `llama-batched-bench` for replies: llama.cpp and its relatives."""

    def __init__(self, name: str, folder: str, model: str, threads: int, bench: list[str], batched: list[str]):
        self.name = name
        self.version: str | None = None
        self.model = model
        self.threads = str(threads)
        programs = Path(folder)
        self.bench = [str(programs / "llama-bench"), *bench]
        self.batched = [str(programs / "llama-batched-bench"), *batched]

    def start(self) -> None:
        for program in (self.bench[0], self.batched[0]):
            if not os.access(program, os.X_OK):
                raise EngineError(f"{program}: no such program")

    def measure(self, cell: Cell, repeats: int) -> float:
        return self.prefill(cell, repeats) if cell.is_prefill else self.decode(cell, repeats)

    def prefill(self, cell: Cell, repeats: int) -> float:
        rows = json.loads(run([
            *self.bench, "-m", self.model, "-t", self.threads, "-p", str(cell.prompt), "-n", "0",
            "-r", str(repeats), "-o", "json",
        ]))  # fmt: skip
        self.version = f"{rows[0]['build_commit']} ({rows[0]['build_number']})"
        return rows[0]["avg_ts"]

    def decode(self, cell: Cell, repeats: int) -> float:
        """Median of the rows. llama.cpp's last row is lost now and then when it exits: the others do, or once more."""
        for _ in range(3):
            command = [
                *self.batched, "-m", self.model, "-t", self.threads, "-tb", self.threads,
                "-c", str(cell.context), "-npp", str(cell.prompt), "-ntg", str(cell.completion),
                "-npl", ",".join([str(cell.batch)] * repeats),
            ]  # fmt: skip
            # ik_llama.cpp prints its table to standard error.
            output = run(command, with_errors=True)
            # | PP | TG | B | N_KV | T_PP s | S_PP t/s | T_TG s | S_TG t/s | T s | S t/s |
            rows = [line.split("|")[1:-1] for line in output.splitlines() if line.startswith("|")]
            rates = [float(row[7]) for row in rows if len(row) == 10 and row[0].strip().isdigit()]
            if rates:
                return statistics.median(rates)
        raise EngineError(f"{self.batched[0]} printed no rates, but: {' / '.join(output.splitlines()[-3:])}")

    def stop(self) -> None:
        pass


class PythonEngine:
    """An engine that is a Python package: a process that keeps the model and answers peer_worker.py's questions."""

    def __init__(
        self, name: str, kind: str, python: str, model: str, threads: int, dtype: str = "bfloat16",
        environment: dict[str, str] | None = None,
    ):  # fmt: skip
        self.name = name
        worker = Path(__file__).with_name("peer_worker.py")
        self.command = [python, str(worker), kind, model, str(threads), dtype]
        # No look at a hub for a model on the disk, and no idle threads that spin while others are measured.
        self.environment = {
            "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(threads), "KMP_BLOCKTIME": "1", **(environment or {}),
        }  # fmt: skip
        self.process: subprocess.Popen | None = None
        self.log = tempfile.TemporaryFile()
        self.version: str | None = None

    def start(self) -> None:
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                env=os.environ | self.environment,
            )  # fmt: skip
        except OSError as error:
            raise EngineError(str(error)) from None
        self.version = self.answer()["ready"]

    def measure(self, cell: Cell, repeats: int) -> float:
        """Replies are measured as the difference of two lengths, pair by pair."""
        long = self.seconds(cell, cell.completion + (0 if cell.is_prefill else 1), repeats)
        if cell.is_prefill:
            return cell.prompt * cell.batch / statistics.median(long)
        short = self.seconds(cell, 1, repeats)
        return cell.completion * cell.batch / (statistics.median(long) - statistics.median(short))

    def seconds(self, cell: Cell, completion: int, repeats: int) -> list[float]:
        request = {"batch": cell.batch, "prompt": cell.prompt, "completion": completion, "repeats": repeats}
        try:
            self.process.stdin.write((json.dumps(request) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise EngineError(self.said()) from None
        return self.answer()["seconds"]

    def answer(self) -> dict:
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(TIMEOUT_SECONDS):
                raise EngineError(f"no answer for {TIMEOUT_SECONDS} s: {self.said()}")
        line = self.process.stdout.readline()
        if not line:
            raise EngineError(self.said())
        return json.loads(line)

    def said(self) -> str:
        self.log.seek(0)
        lines = [line.strip() for line in self.log.read().decode(errors="replace").splitlines()]
        return " / ".join([line for line in lines if line.strip("^ ")][-2:]) or "ended without a word"

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def settle() -> None:
    """Threads that wait for more work spin for some milliseconds."""
    time.sleep(0.3)
