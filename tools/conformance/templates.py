"""Compares chat templates with Jinja2 as `transformers` sets it up: the families' templates on conversations, and random
templates from a grammar.

    python tools/conformance/templates.py --probe .build/release/ConformanceProbe [--count N] [--seed S] [--show N]

Prints a table and exits with 1 when a rendering differs. A difference is text against other text, or text against an
error. What this project bounds on purpose (64-bit integers, its limits) is counted apart.
"""

import argparse
import contextlib
import io
import json
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conformance import template_grammar  # noqa: E402
from goldens import chat_templates  # noqa: E402
from goldens.chat_template_families import CONVERSATIONS, FAMILIES, LONG  # noqa: E402

# What is bounded on purpose, and slices of numbers, which fail in Jinja2 too, but not where it folds constants.
BOUNDED = (
    "does not fit 64 bits", "width or precision above", "not supported", "character names", "complex number",
    "object cannot be sliced",
)


class Probe:
    """The program that renders with this project's interpreter, a JSON object a line."""

    def __init__(self, path: str):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def render(self, template: str, context: dict) -> dict:
        request = {"op": "render", "template": template, "context": context, "utcSeconds": chat_templates.NOW}
        self.process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the probe died of this template:\n{template}")
        return json.loads(answer)


class TimedOut(Exception):
    pass


def reference(env, template: str, context: dict) -> dict:
    """What Jinja2 makes of it; nothing where it takes longer than ten seconds."""

    def stop(*_):
        raise TimedOut

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 10)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return {"text": env.from_string(template).render(**context)}
    except TimedOut:
        return {"skip": "slow"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def verdict(expected: dict, answer: dict) -> str:
    # Python prints addresses of objects, which may have been encoded for a URL.
    text = expected.get("text", "").lower().replace("%20", " ").replace("+", " ")
    if "skip" in expected or " at 0x" in text:
        return "skipped"
    if "error" in answer and "text" in expected:
        is_bounded = answer.get("kind") == "limit" or any(words in answer["error"] for words in BOUNDED)
        return "bounded" if is_bounded else "differs"
    if "error" in expected and "error" in answer:
        return "both fail"
    return "same" if expected == answer else "differs"


def fuzz_cases(env, seed: int, count: int):
    """Most random templates fail, so a few are tried for each number, and the last is taken as it is."""
    for number in range(seed, seed + count):
        for attempt in range(5):
            template = template_grammar.template(8 * number + attempt)
            if "text" in reference(env, template, template_grammar.CONTEXT):
                break
        yield f"seed {number}.{attempt}", template, template_grammar.CONTEXT


def family_cases():
    for family, template in FAMILIES.items():
        for title, given in (CONVERSATIONS | LONG).items():
            for adds in (True, False):
                context = {
                    "tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": adds,
                } | given
                yield f"{family}, {title}, {adds}", template, context


def compare(title: str, probe: Probe, env, cases, show: int) -> int:
    counts: dict[str, int] = {}
    for name, template, context in cases:
        expected = reference(env, template, context)
        answer = probe.render(template, context)
        outcome = verdict(expected, answer)
        counts[outcome] = counts.get(outcome, 0) + 1
        if outcome == "differs" and counts[outcome] <= show:
            print(f"--- {name}\n{template}\n  Jinja2: {expected}\n  here:   {answer}")
    row = ", ".join(f"{counts[key]} {key}" for key in sorted(counts))
    print(f"templates: {title}: {sum(counts.values())}: {row}")
    return counts.get("differs", 0)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--only", choices=("families", "fuzz"))
    options = parser.parse_args()
    env = chat_templates.environment()
    probe = Probe(options.probe)
    differences = 0
    if options.only != "fuzz":
        differences += compare("families", probe, env, family_cases(), options.show)
    if options.only != "families":
        cases = fuzz_cases(env, options.seed, options.count)
        differences += compare("random", probe, env, cases, options.show)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
