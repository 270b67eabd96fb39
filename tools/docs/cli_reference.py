#!/usr/bin/env python3
"""Writes docs/cli-reference.md from the help texts of the program, or checks that it is up to date.

    cli_reference.py EXECUTABLE            write it
    cli_reference.py --check EXECUTABLE    exit with 1 when it is not what would be written
"""

import argparse
import difflib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cli-reference.md"
INTRODUCTION = """# Command-line reference

Written by `make docs` from the program's own help; change the help, not this page. Options may be
spelt with hyphens or underscores, and `chat turbomind MODEL` means `chat MODEL`.
"""


def output(executable: str, arguments: list[str]) -> str:
    # Help is wrapped to the terminal's width: always the same one here.
    environment = {**os.environ, "COLUMNS": "100"}
    result = subprocess.run(
        [executable, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if result.returncode != 0:
        sys.exit(f"{executable} {' '.join(arguments)} failed: {result.stderr.strip()}")
    return result.stdout


def paths(command: dict, path: tuple[str, ...] = ()):
    """The command's path below the program and those of its subcommands, in the order of the help."""
    yield path
    for subcommand in command.get("subcommands", []):
        if subcommand["commandName"] != "help" and subcommand.get("shouldDisplay", True):
            yield from paths(subcommand, (*path, subcommand["commandName"]))


def page(executable: str) -> str:
    tree = json.loads(output(executable, ["--experimental-dump-help"]))
    sections = [INTRODUCTION]
    for path in paths(tree["command"]):
        help_text = output(executable, [*path, "--help"])
        lines = "\n".join(line.rstrip() for line in help_text.strip().splitlines())
        sections.append(f"## {' '.join(('lmdeploy', *path))}\n\n```text\n{lines}\n```\n")
    return "\n".join(sections)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("executable")
    arguments = parser.parse_args()
    wanted = page(arguments.executable)
    if not arguments.check:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    found = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if found == wanted:
        print("docs/cli-reference.md is up to date")
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(
            found.splitlines(keepends=True), wanted.splitlines(keepends=True), "committed", "now"
        )
    )
    print("docs/cli-reference.md is not what the program says: `make docs` writes it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
