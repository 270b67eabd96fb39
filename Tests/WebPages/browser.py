"""What the checks are made of: a page of their own in the browser, and waiting for what must become true."""

import re
import time
import urllib.parse

CHECKS = []
DESKTOP = {"width": 1180, "height": 820}
PHONE = {"width": 360, "height": 740}


class Check:
    def __init__(self, run, is_live, context):
        self.run = run
        self.name = run.__name__
        self.is_live = is_live
        self.context = context


def check(live=False, **context):
    """Registers a check; `context` is what Playwright's `new_context` takes. A live one holds for any model."""

    def register(run):
        CHECKS.append(Check(run, live, context))
        return run

    return register


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


class Visit:
    """One check's browser profile and page; complaints of the browser are collected."""

    def __init__(self, browser, server, check, options):
        self.server = server
        self.state = server.state
        self.options = options
        self.name = check.name
        self.complaints = []
        self.allowed_errors = 0
        if self.state is not None:
            with self.state.lock:
                self.state.key = None
                self.state.requests.clear()
                self.state.disconnects = 0
        context = {"viewport": DESKTOP, "locale": "en-US", "color_scheme": "light", **check.context}
        self.context = browser.new_context(**context)
        self.context.set_default_timeout(8000)
        self.page = self.new_page()

    def new_page(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("console", self.note_console)
        page.on("request", self.note_request)
        return page

    def note_console(self, message):
        # A refused request is written to the console by the browser itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def note_request(self, request):
        address = urllib.parse.urlsplit(request.url)
        own = urllib.parse.urlsplit(self.server.url)
        if address.scheme not in ("data", "blob") and address.netloc != own.netloc:
            self.complaints.append(f"request to elsewhere: {request.url}")

    def expect_no_complaints(self):
        expect(not self.complaints, "; ".join(self.complaints))

    def close(self):
        self.context.close()

    # Pages

    def open(self, path="/ui", page=None):
        page = page or self.page
        page.goto(self.server.url + path)
        page.wait_for_selector("html[data-ready]")
        if self.options.key and page.locator("#key-dialog").evaluate("dialog => dialog.open"):
            page.fill("#key", self.options.key)
            page.press("#key", "Enter")
        return page

    def screenshot(self, name):
        if self.options.screenshots:
            # Sheets fade in.
            self.page.wait_for_timeout(250)
            self.page.screenshot(path=f"{self.options.screenshots}/{self.name}-{name}.png")

    # The chat page

    def send(self, message, page=None):
        page = page or self.page
        page.fill("#message", message)
        page.press("#message", "Enter")

    def wait_for_reply(self, page=None, seconds=8):
        """The last reply, once it is complete."""
        page = page or self.page
        page.wait_for_selector("#send:not([hidden])", timeout=seconds * 1000)
        return page.locator(".message.assistant").last

    def ask(self, message, page=None, seconds=8):
        self.send(message, page)
        (page or self.page).wait_for_selector(".message.assistant")
        return self.wait_for_reply(page, seconds)

    def requests(self, path="/v1/chat/completions"):
        with self.state.lock:
            return [body for where, body in self.state.requests if where == path]

    # Waiting

    def wait_until(self, condition, message, seconds=6):
        end = time.monotonic() + seconds
        while not condition():
            expect(time.monotonic() < end, message)
            self.page.wait_for_timeout(30)

    def wait_for_text(self, locator, pattern, seconds=6):
        self.wait_until(
            lambda: re.search(pattern, locator.inner_text()),
            f"expected /{pattern}/", seconds)
        return locator.inner_text()

    def expect_no_overflow(self, page=None):
        """Nothing makes the page scroll sideways."""
        widths = (page or self.page).evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        expect(widths[0] <= widths[1], f"the content is {widths[0]} pixels wide, the window {widths[1]}")
