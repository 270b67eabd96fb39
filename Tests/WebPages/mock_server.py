"""A server with the answers of an OpenAI-compatible API, and with everything that can go wrong on the way.

What a chat completion does is chosen by words in the last message: see `ChatScript`.
"""

import http.server
import json
import pathlib
import threading
import time

PAGES = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "CWebPages" / "pages"
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

MARKDOWN = """## A small tour

Text with **strong**, *emphasis*, ~~struck~~ and `inline code`, and a [link](https://example.org/a_(b)).
<script>window.injected = true</script><img src=x onerror="window.injected = true">
[not a link](javascript:window.injected=true) ![a picture](https://example.org/picture.png)

1. First
   - nested one
   - nested two
2. Second

- [x] done
- [ ] open

> A quotation
> of two lines.

| Kind | Size | Bytes |
|:-----|:----:|------:|
| fp16 | two | 2 |
| int8 | `a|b` | 1 |

```swift
// Reverses the list in place.
func reversed(_ head: Node?) -> Node? {
    var previous: Node? = nil, current = head
    while let node = current { (current, node.next, previous) = (node.next, previous, node) }
    return previous // "done" in 1 pass
}
```

**“强调”**也能用。"""

OPENAPI = json.loads((pathlib.Path(__file__).resolve().parent / "openapi.json").read_text())


class MockState:
    """What tests set and ask for: the key the server wants, and the requests it got."""

    def __init__(self):
        self.key = None
        self.requests = []
        self.disconnects = 0
        self.lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: MockState

    def log_message(self, *arguments):
        pass

    # What every answer goes through.

    def answer(self, status, body, content_type="application/json", headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-cache")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message, code=None, param=None, headers=None):
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        self.answer(status, {"error": error}, headers=headers)

    def is_authorized(self):
        if self.state.key is None or self.headers.get("Authorization") == f"Bearer {self.state.key}":
            return True
        self.refuse(401, "Incorrect API key provided.", code="invalid_api_key")
        return False

    def do_GET(self):
        path = self.path.split("?")[0]
        pages = {"/": "explorer.html", "/ui": "chat.html"}
        file = pages.get(path, path[1:] if path.startswith("/assets/") else None)
        if file is not None and (PAGES / file).is_file() and ".." not in file:
            source = PAGES / file
            headers = {"Content-Security-Policy": SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
            return self.answer(200, source.read_bytes(), CONTENT_TYPES[source.suffix], headers)
        if path == "/health":
            return self.answer(200, {"status": "healthy"})
        if not self.is_authorized():
            return None
        if path == "/v1/models":
            models = [{"id": name, "object": "model"} for name in ("mock-135m", "mock-500m")]
            return self.answer(200, {"object": "list", "data": models})
        if path == "/openapi.json":
            return self.answer(200, OPENAPI)
        if path == "/metrics":
            return self.answer(200, b"# HELP lmdeploy:num_requests_running\n", "text/plain; version=0.0.4")
        return self.refuse(404, f"there is no {path}", code="not_found")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.is_authorized():
            return None
        try:
            request = json.loads(body)
        except ValueError as error:
            return self.refuse(400, f"the body is not valid JSON: {error}")
        with self.state.lock:
            self.state.requests.append((self.path, request))
        if self.path == "/v1/chat/completions":
            return ChatScript(self, request).run()
        if self.path == "/v1/encode":
            return self.answer(200, {"input_ids": list(range(len(request.get("input", "")))), "length": 3})
        return self.refuse(404, f"there is no {self.path}", code="not_found")


class ChatScript:
    """One chat completion, as the last message wants it:

    "markdown", "slow" (60 pieces in 6 s), "long" (600 pieces), "think"; "refuse CODE", "too long", "busy";
    "break" (the connection ends), "fail" (an error event); "unstreamed" (one JSON object), "uncounted" (no usage);
    anything else is echoed.
    """

    def __init__(self, handler, request):
        self.handler = handler
        self.request = request
        self.message = request["messages"][-1]["content"]

    def run(self):
        message = self.message
        if message.startswith("refuse "):
            return self.handler.refuse(int(message.split()[1]), "The request was refused, as asked for.")
        if message == "too long":
            text = "The prompt has 9000 tokens, and the limit is 8192: shorten it."
            return self.handler.refuse(400, text, code="context_length_exceeded", param="messages")
        if message == "busy":
            return self.handler.refuse(429, "Too many requests are waiting.", headers={"Retry-After": "7"})
        if not self.request.get("stream") or message == "unstreamed":
            return self.whole(f"You said: {message}")
        return self.stream()

    def whole(self, text):
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        self.handler.answer(200, {
            "id": "1", "object": "chat.completion", "model": self.request["model"], "choices": [choice],
            "usage": {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9},
        })

    def pieces(self):
        if self.message == "markdown":
            text = MARKDOWN
            return [text[at:at + 9] for at in range(0, len(text), 9)], 0.002
        if self.message == "slow":
            return [f"word{index}. " for index in range(60)], 0.1
        if self.message == "long":
            return [f"line {index}\n\n" for index in range(600)], 0
        if self.message == "think":
            return ["Four."], 0.01
        system = [m["content"] for m in self.request["messages"] if m["role"] == "system"]
        suffix = f" (system: {system[0]})" if system else ""
        return ["You ", "said: ", self.message, suffix, f" #{len(self.handler.state.requests)}"], 0.01

    def stream(self):
        handler = self.handler
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("X-Request-Id", "mock-1")
        handler.end_headers()
        try:
            self.send_events()
        except (BrokenPipeError, ConnectionResetError):
            with handler.state.lock:
                handler.state.disconnects += 1
            handler.close_connection = True

    def send_events(self):
        pieces, pause = self.pieces()
        self.send_delta({"role": "assistant", "content": ""})
        if self.message == "think":
            self.send_delta({"reasoning_content": "Two and two are four."})
        for index, piece in enumerate(pieces):
            if self.message in ("break", "fail") and index == 2:
                # What is still on its way when a connection breaks, a browser throws away.
                time.sleep(0.1)
                return self.end_badly()
            self.send_delta({"content": piece})
            time.sleep(pause)
        self.send_delta({}, finish_reason="length" if self.message == "long" else "stop")
        usage = {"prompt_tokens": 12, "completion_tokens": len(pieces), "total_tokens": 12 + len(pieces)}
        if self.request.get("stream_options", {}).get("include_usage") and self.message != "uncounted":
            self.send_event({"choices": [], "usage": usage})
        self.send_chunk(b"data: [DONE]\r\n\r\n")
        self.send_chunk(b"")

    def end_badly(self):
        if self.message == "fail":
            self.send_event({"error": {"message": "The engine has stopped.", "type": "server_error", "code": None}})
            self.send_chunk(b"data: [DONE]\n\n")
            self.send_chunk(b"")
        else:
            self.handler.close_connection = True

    def send_delta(self, delta, finish_reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        self.send_event({"id": "1", "object": "chat.completion.chunk", "choices": [choice]})

    def send_event(self, event):
        data = f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
        # In two parts, so that an event or a character may come in halves.
        self.send_chunk(data[:11])
        self.send_chunk(data[11:])

    def send_chunk(self, data):
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.handler.wfile.flush()


class MockServer:
    """Runs in a thread of its own: `with MockServer() as mock: … mock.url, mock.state`."""

    def __init__(self, port=0):
        self.state = MockState()
        handler = type("BoundHandler", (Handler,), {"state": self.state})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *details):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    with MockServer(port=8899) as mock:
        print(f"{mock.url}/ and {mock.url}/ui; Ctrl-C ends", flush=True)
        threading.Event().wait()
