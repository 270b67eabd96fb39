#!/usr/bin/env python3
"""Drives `lmdeploy chat` through a pseudo-terminal, as a person would.

Usage: chat_terminal.py EXECUTABLE MODEL
Exit code 0 when every check holds; otherwise the first failed check and what the terminal showed.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PROMPT = "double enter to end input >>> "
LONG_STORY = "two thousand words."
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])")


class Failure(Exception):
    pass


class Terminal:
    """A chat in a pseudo-terminal of 100 x 40."""

    def __init__(self, executable, model, cache, arguments=()):
        self.parent, self.child = pty.openpty()
        fcntl.ioctl(self.child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.before = termios.tcgetattr(self.child)
        environment = dict(os.environ, LMDEPLOY_CACHE=cache, TERM="xterm-256color", LANG="C.UTF-8")
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [executable, "chat", model, "--threads", "1", "--temperature", "0", *arguments],
            stdin=self.child, stdout=self.child, stderr=self.child, env=environment,
            preexec_fn=self.take_terminal, close_fds=True)
        self.shown = ""

    def take_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def pump(self, seconds):
        """Reads what arrives within `seconds`; returns whether anything did."""
        ready, _, _ = select.select([self.parent], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.parent, 65536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def text(self, start=0):
        """What was shown since `start`, without escape sequences and carriage returns."""
        return ESCAPE.sub("", self.shown[start:]).replace("\r", "")

    def wait_for(self, condition, what, seconds=120):
        """Reads until `condition` holds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failure(f"timed out waiting for {what}")
            if self.process.poll() is not None and not self.pump(0.1) and not condition():
                raise Failure(f"the program ended with {self.process.returncode} before {what}")
            self.pump(0.05)

    def wait_for_prompt(self, start, seconds=120):
        self.wait_for(lambda: self.text(start).endswith(PROMPT), "the prompt", seconds)
        return len(self.shown)

    def send(self, text):
        os.write(self.parent, text.encode())

    def modes(self):
        return termios.tcgetattr(self.child)

    def wait_for_exit(self, seconds=60):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise Failure("the program did not end")
            self.pump(0.05)
        while self.pump(0.1):
            pass
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.parent)
        os.close(self.child)


def check(condition, what):
    if not condition:
        raise Failure(what)


def say(terminal, message):
    """Sends a message and waits for the next prompt; returns the reply's text."""
    start = len(terminal.shown)
    terminal.send(message + "\r\r")
    # The editor draws the message; the reply begins behind the last drawing of it.
    terminal.wait_for(lambda: message.split("\r")[-1] in terminal.text(start), "the echo of the message")
    terminal.wait_for_prompt(start)
    shown = terminal.text(start)
    return shown[shown.rindex(message.split("\r")[-1]) + len(message.split("\r")[-1]):-len(PROMPT)].strip()


def check_conversation(terminal):
    start = terminal.wait_for_prompt(0)
    banner = terminal.text()
    check("chat template" in banner, "the banner names the chat template")
    check("kv cache" in banner, "the banner shows the memory plan")
    check("\x1b[1m" in terminal.shown, "the banner is decorated on a terminal")

    reply = say(terminal, "Hello!")
    check(len(reply) > 0, "a message gets a reply")

    # Keys: a typing mistake is mended before sending.
    start = len(terminal.shown)
    terminal.send("What is the capitol\x7f\x7fal of France?")
    terminal.wait_for(lambda: "capital of France?" in terminal.text(start), "the mended text")
    terminal.send("\r\r")
    terminal.wait_for_prompt(len(terminal.shown))


def check_interrupt(terminal):
    start = len(terminal.shown)
    terminal.send(f"Write a very long story of {LONG_STORY}\r\r")
    terminal.wait_for(lambda: len(terminal.text(start).rpartition(LONG_STORY)[2].strip()) > 20, "a streaming reply")
    check(terminal.modes()[3] & termios.ICANON == 0, "keys are not echoed while a reply is printed")
    terminal.send("\x03")
    terminal.wait_for(lambda: "(stopped)" in terminal.text(start), "the reply to stop", 20)
    terminal.wait_for_prompt(start, 20)
    check(terminal.process.poll() is None, "Ctrl-C stops the reply and not the program")

    start = len(terminal.shown)
    terminal.send("half a message\x03")
    terminal.wait_for(lambda: "Ctrl-C again" in terminal.text(start), "the hint after Ctrl-C at the prompt", 20)
    terminal.wait_for_prompt(start, 20)
    check(terminal.process.poll() is None, "one Ctrl-C at the prompt does not leave")


def check_reset_and_history(terminal):
    start = len(terminal.shown)
    terminal.send("end\r\r")
    terminal.wait_for(lambda: "(new conversation)" in terminal.text(start), "the new conversation", 20)
    start = terminal.wait_for_prompt(start, 20)
    terminal.send("\x1b[A")
    terminal.wait_for(lambda: LONG_STORY in terminal.text(start), "the last message from the history", 20)
    terminal.send("\x1b[A")
    terminal.wait_for(lambda: "capital of France?" in terminal.text(start), "the message before it", 20)
    terminal.send("\x15")
    terminal.wait_for_prompt(start, 20)

    # Pasted line breaks do not send.
    start = len(terminal.shown)
    terminal.send("\x1b[200~first line\n\nsecond line\x1b[201~")
    terminal.wait_for(lambda: "second line" in terminal.text(start), "the pasted text", 20)
    terminal.pump(0.3)
    check(terminal.text(start).rstrip().endswith("second line"), "a pasted empty line does not send")
    terminal.send("\x03")
    terminal.wait_for_prompt(len(terminal.shown), 20)


def check_exit(terminal, cache):
    terminal.send("exit\r\r")
    check(terminal.wait_for_exit() == 0, "`exit` ends the program with code 0")
    check(terminal.modes() == terminal.before, "the terminal's modes are as they were")
    check(terminal.shown.rfind("\x1b[?2004l") > terminal.shown.rfind("\x1b[?2004h"),
          "bracketed paste is off at the end")
    history = os.path.join(cache, "chat_history")
    check(os.path.exists(history), "the history is kept")
    check(os.stat(history).st_mode & 0o777 == 0o600, "the history is private")


def check_signal(executable, model, cache):
    """A terminated program gives the terminal back, too."""
    terminal = Terminal(executable, model, cache)
    try:
        start = terminal.wait_for_prompt(0)
        terminal.send("\x1b[A")
        terminal.wait_for(lambda: LONG_STORY in terminal.text(start), "the history of the last run", 20)
        check(terminal.modes() != terminal.before, "the editor changes the terminal's modes")
        terminal.process.send_signal(signal.SIGTERM)
        check(terminal.wait_for_exit() == -signal.SIGTERM, "SIGTERM ends the program")
        check(terminal.modes() == terminal.before, "the terminal's modes are as they were after SIGTERM")
    except Failure:
        print(repr(terminal.shown[-2000:]), file=sys.stderr)
        raise
    finally:
        terminal.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    executable, model = sys.argv[1:]
    with tempfile.TemporaryDirectory() as cache:
        terminal = Terminal(executable, model, cache)
        try:
            check_conversation(terminal)
            check_interrupt(terminal)
            check_reset_and_history(terminal)
            check_exit(terminal, cache)
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            print(repr(terminal.shown[-4000:]), file=sys.stderr)
            sys.exit(1)
        finally:
            terminal.close()
        try:
            check_signal(executable, model, cache)
        except Failure as failure:
            sys.exit(f"FAILED: {failure}")
    print("chat in a terminal: all checks hold")


if __name__ == "__main__":
    main()
