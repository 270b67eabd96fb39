#!/usr/bin/env python3
"""Drives the chat page and the API explorer in a real browser.

Usage: run.py [--url URL [--key KEY] | --program EXECUTABLE MODEL] [--screenshots FOLDER] [--only WORD]

Without a URL, the pages come from a server in this process that makes every mistake there is. With the URL of an
api_server, or with a program that is started as one, only the checks run that hold for any model.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
import urllib.parse

from browser import CHECKS, Visit

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None

import chat_checks  # noqa: F401  registers its checks
import chat_view_checks  # noqa: F401
import explorer_checks  # noqa: F401
import module_checks  # noqa: F401
from mock_server import MockServer

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser():
    """The browser's path, or None with a line that says what is missing."""
    path = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if sync_playwright is None:
        print("the Python package playwright is missing: pip install -r Tests/WebPages/requirements.txt",
              file=sys.stderr)
    elif path is None:
        print("there is no browser: on Debian, apt-get install chromium", file=sys.stderr)
    else:
        return path
    return None


def run_checks(browser, server, options):
    failures = []
    checks = [check for check in CHECKS if server.state is not None or check.is_live]
    if options.only:
        checks = [check for check in checks if options.only in check.name]
    for check in checks:
        start = time.monotonic()
        visit = Visit(browser, server, check, options)
        try:
            check.run(visit)
            visit.expect_no_complaints()
            problem = None
        except Exception as error:  # Whatever went wrong, the other checks run.
            problem = f"{type(error).__name__}: {error}"
            visit.screenshot("failed")
        finally:
            visit.close()
        seconds = time.monotonic() - start
        print(f"{'ok    ' if problem is None else 'FAILED'} {check.name} ({seconds:.1f} s)", flush=True)
        if problem is not None:
            print("       " + problem.replace("\n", "\n       "), flush=True)
            failures.append(check.name)
    return len(checks), failures


class StartedServer:
    """An api_server that is started here, and must end in order when it is told to."""

    state = None

    def __init__(self, executable, model):
        # A small model may go on until the session is full.
        self.command = [executable, "serve", "api_server", model, "--server-name", "127.0.0.1", "--server-port", "0",
                        "--session-len", "384"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("serving at "):
                self.url = line.split()[-1]
                return self
        raise SystemExit(f"the server ended with status {self.process.wait()} before it served")

    def __exit__(self, *details):
        self.process.terminate()
        try:
            status = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "none"
        if status != 0:
            raise SystemExit(f"the server ended with status {status} after SIGTERM, expected 0")


class LiveServer:
    """An api_server that somebody else started: what it got cannot be asked."""

    state = None

    def __init__(self, url):
        self.url = url.rstrip("/")

    def __enter__(self):
        return self

    def __exit__(self, *details):
        pass


def main():
    parser = argparse.ArgumentParser(description="Drives the web pages in a real browser.")
    parser.add_argument("--url", help="an api_server instead of the one in this process")
    parser.add_argument("--key", help="its API key")
    parser.add_argument("--program", nargs=2, metavar=("EXECUTABLE", "MODEL"), help="what to start a server with")
    parser.add_argument("--screenshots", help="a folder for pictures of the pages")
    parser.add_argument("--only", help="run only checks whose name has this word")
    options = parser.parse_args()

    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            return 1
        print("SKIPPED: the web pages were not tried, see above", file=sys.stderr)
        return 0
    if options.url and urllib.parse.urlsplit(options.url).scheme not in ("http", "https"):
        parser.error(f"--url is {options.url!r}, expected http://HOST:PORT")
    if options.screenshots:
        os.makedirs(options.screenshots, exist_ok=True)

    if options.program:
        server = StartedServer(*options.program)
    else:
        server = LiveServer(options.url) if options.url else MockServer()
    start = time.monotonic()
    with server, sync_playwright() as playwright:
        # A container's root has no user namespaces for the browser's own sandbox.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        count, failures = run_checks(browser, server, options)
        browser.close()
    where = server.url if server.state is None else "the mock server"
    print(f"{count - len(failures)} of {count} checks of the web pages passed against {where}, "
          f"{time.monotonic() - start:.0f} s")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
