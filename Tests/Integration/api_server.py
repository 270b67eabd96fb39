#!/usr/bin/env python3
"""Drives `lmdeploy serve` with the clients that people have: openai, anthropic, and our own; and with requests made
from its own description.

Usage: api_server.py EXECUTABLE MODEL.gguf

The clients come from PyPI into .build/clients, once.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


def with_clients():
    """Goes on in an environment that has the clients."""
    try:
        import anthropic
        import openai
        import schemathesis  # noqa: F401

        return anthropic, openai
    except ImportError:
        if os.environ.get("LMDEPLOY_CLIENTS") == "installed":
            raise
    folder = os.path.join(HERE, "..", "..", ".build", "clients")
    python = os.path.join(folder, "bin", "python")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    requirements = os.path.join(HERE, "requirements.txt")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    os.execve(python, [python, *sys.argv], dict(os.environ, LMDEPLOY_CLIENTS="installed"))


anthropic, openai = with_clients()
executable, model = sys.argv[1:3]
failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)


class Server:
    """A server in a process of its own."""

    def __init__(self, *arguments, cache="128MiB"):
        self.process = subprocess.Popen(
            [executable, "serve", "api_server", model, "--server_name", "127.0.0.1", "--server_port", "0",
             "--model-name", "tiny", "--session-len", "1024", "--max-batch-size", "8", "--kv-cache", cache, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = None
        for line in self.process.stdout:
            if line.startswith("serving at "):
                self.url = line.split()[-1]
                break
        if self.url is None:
            raise SystemExit(f"the server did not start: {self.process.stderr.read()}")

    def stop(self):
        """Tells the server to stop; returns its exit code and what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=60)
        return self.process.returncode, log

    def get(self, path):
        return ask(self.url + path)

    def post(self, path, body):
        return ask(self.url + path, json.dumps(body).encode())

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS"))


def ask(url, body=None):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def status(error_type, action):
    """The status of the error that an action ends with."""
    try:
        action()
    except error_type as error:
        return error.status_code
    return None


def openai_chats(client):
    question = [{"role": "user", "content": "Name three colours."}]
    options = dict(model="tiny", messages=question, max_tokens=24, temperature=0.8, seed=5)
    reply = client.chat.completions.create(**options, n=2, logprobs=True, top_logprobs=2)
    texts = [choice.message.content for choice in reply.choices]
    expect(len(texts) == 2 and texts[0] != texts[1], f"n gives {texts}")
    expect(reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens, "usage")
    for choice in reply.choices:
        tokens = b"".join(bytes(token.bytes) for token in choice.logprobs.content).decode()
        expect(tokens == choice.message.content, f"the logprobs' tokens are {tokens!r}")
        expect(all(len(token.top_logprobs) == 2 for token in choice.logprobs.content), "top_logprobs")
    streamed, usage = "", None
    for chunk in client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}):
        streamed += chunk.choices[0].delta.content or "" if chunk.choices else ""
        usage = chunk.usage or usage
    expect(streamed == texts[0], f"streamed {streamed!r}, whole {texts[0]!r}")
    expect(usage is not None and usage.prompt_tokens == reply.usage.prompt_tokens, f"the stream's usage is {usage}")
    word = texts[0].split()[2]
    stopped = client.chat.completions.create(**options, stop=[word])
    expect(stopped.choices[0].finish_reason == "stop", f"stop gives {stopped.choices[0].finish_reason}")
    expect(texts[0].startswith(stopped.choices[0].message.content), "a stop text changes the reply")
    expect(word not in stopped.choices[0].message.content, "the stop text is in the reply")


def openai_others(client):
    expect([entry.id for entry in client.models.list()] == ["tiny"], "models")
    text = client.completions.create(model="tiny", prompt=["One, two,", "The sky is"], max_tokens=6, logprobs=1)
    expect([choice.index for choice in text.choices] == [0, 1], "completions keep no order")
    expect(len(text.choices[0].logprobs.tokens) > 0, "completions without logprobs")
    pieces = client.completions.create(model="tiny", prompt="One, two,", max_tokens=6, temperature=0, stream=True)
    whole = client.completions.create(model="tiny", prompt="One, two,", max_tokens=6, temperature=0)
    expect("".join(piece.choices[0].text for piece in pieces) == whole.choices[0].text, "streamed completions")
    vectors = client.embeddings.create(model="tiny", input=["a cat", "a dog"])
    numbers = client.embeddings.create(model="tiny", input=["a cat", "a dog"], encoding_format="float")
    expect(len(vectors.data) == 2 and abs(sum(x * x for x in vectors.data[0].embedding) - 1) < 1e-4, "embeddings")
    near = max(abs(a - b) for a, b in zip(vectors.data[1].embedding, numbers.data[1].embedding))
    expect(near < 1e-6, "embeddings differ between base64 and numbers")
    reply = client.responses.create(model="tiny", input="Say hello.", max_output_tokens=200, temperature=0)
    expect(len(reply.output_text) > 0, "responses give no text")
    with client.responses.stream(model="tiny", input="Say hello.", max_output_tokens=200, temperature=0) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        expect(text == reply.output_text == stream.get_final_response().output_text, "streamed responses")


def openai_errors(client):
    question = [{"role": "user", "content": "word " * 2000}]
    ask = client.chat.completions.create
    expect(status(openai.BadRequestError, lambda: ask(model="tiny", messages=question)) == 400, "a long prompt")
    hello = [{"role": "user", "content": "Hello"}]
    expect(status(openai.NotFoundError, lambda: ask(model="other", messages=hello)) == 404, "another model")
    for wrong in ({"temperature": 3}, {"n": 0}, {"response_format": {"type": "json_object"}}, {"top_logprobs": 2}):
        expect(status(openai.BadRequestError, lambda: ask(model="tiny", messages=hello, **wrong)) == 400, f"{wrong}")
    stranger = openai.OpenAI(base_url=client.base_url, api_key="wrong", max_retries=0)
    expect(status(openai.AuthenticationError, lambda: stranger.models.list()) == 401, "a wrong key")


def anthropic_messages(url):
    client = anthropic.Anthropic(base_url=url, api_key="secret", max_retries=0)
    options = dict(
        model="tiny", system="You are brief.", max_tokens=24, extra_body={"temperature": 0},
        messages=[{"role": "user", "content": [{"type": "text", "text": "Name three colours."}]}])
    message = client.messages.create(**options)
    text = message.content[0].text
    expect(len(text) > 0 and message.usage.output_tokens > 0, f"messages give {message}")
    with client.messages.stream(**options) as stream:
        expect("".join(stream.text_stream) == text, "streamed messages")
        expect(stream.get_final_message().stop_reason == message.stop_reason, "the stream's stop_reason")
    word = text.split()[1]
    stopped = client.messages.create(**options, stop_sequences=[word])
    expect((stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", word), f"stop_sequences: {stopped}")
    counted = client.messages.count_tokens(
        model="tiny", system=options["system"], messages=options["messages"])
    expect(counted.input_tokens == message.usage.input_tokens, f"{counted.input_tokens} tokens are counted")
    wrong = dict(options, model="other")
    expect(status(anthropic.NotFoundError, lambda: client.messages.create(**wrong)) == 404, "another model")


def our_client(url):
    sampling = ["--temperature", "0", "--max-new-tokens", "24"]
    command = [executable, "serve", "api_client", url, *sampling, "--api-key", "secret"]
    question = b"Name three colours."
    result = subprocess.run(command, input=question + b"\n\nexit\n\n", capture_output=True, timeout=120)
    chat = subprocess.run(
        [executable, "chat", model, "--session-len", "1024", *sampling], input=question, capture_output=True,
        timeout=120)
    expect(result.returncode == 0 and len(result.stdout) > 20, f"api_client prints {result}")
    expect(result.stdout == chat.stdout, f"api_client prints {result.stdout}, chat {chat.stdout}")
    command[-2:] = ["--prompt", "Hello"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    expect(result.returncode == 1 and b"API key" in result.stderr, f"api_client without a key: {result}")


def with_a_key():
    server = Server("--api_keys", "other", "secret")
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="secret", max_retries=0)
    openai_chats(client)
    openai_others(client)
    openai_errors(client)
    anthropic_messages(server.url)
    our_client(server.url)
    code, log = server.stop()
    expect(code == 0 and log == "", f"the server ended with {code} and logged {log!r}")


def endpoints_of_lmdeploy(server):
    code, text = server.post("/v1/chat/completions", {
        "model": "tiny", "messages": "写一首春天的诗", "temperature": 0.7, "top_p": 1, "n": 1, "max_tokens": 16,
        "stop": False, "stream": False, "presence_penalty": 0, "frequency_penalty": 0, "user": "string",
        "repetition_penalty": 1, "renew_session": False, "ignore_eos": False})
    expect(code == 200 and json.loads(text)["choices"][0]["message"]["content"], f"the course's request: {text}")
    session = {"session_id": 3, "interactive_mode": True, "request_output_len": 12, "temperature": 0}
    server.post("/v1/chat/interactive", {"prompt": "My name is Ann.", **session})
    code, text = server.post("/v1/chat/interactive", {"prompt": "What is my name?", "stream": True, **session})
    lines = [json.loads(line) for line in text.splitlines()]
    expect(lines[-1]["history_tokens"] > 0 and lines[-1]["finish_reason"], f"a session's second turn: {text}")
    code, text = server.post("/generate", {"prompt": "One, two,", "max_tokens": 4, "return_logprob": True})
    expect(len(json.loads(text)["meta_info"]["output_token_logprobs"]) == 4, f"/generate: {text}")
    likely = json.loads(server.post("/get_ppl", {"input": "The capital of France is Paris."})[1])["ppl"]
    unlikely = json.loads(server.post("/get_ppl", {"input": "Paris the is France capital of."})[1])["ppl"]
    expect(0 < likely < unlikely, f"perplexities: {likely} and {unlikely}")
    ids = json.loads(server.post("/v1/encode", {"input": "Hello"})[1])["input_ids"]
    expect(json.loads(server.post("/detokenize", {"tokens": ids})[1])["prompt"] == "Hello", "encode and back")
    code, text = server.get("/metrics")
    for name in ("lmdeploy:generation_tokens_total", "lmdeploy:time_to_first_token_seconds_bucket"):
        expect(name in text, f"/metrics has no {name}")
    document = json.loads(server.get("/openapi.json")[1])
    expect("/v1/chat/completions" in document["paths"], "/openapi.json has no chat")


def described_requests(folder):
    """Requests made from /openapi.json: whatever is sent, it is never the server's fault."""
    server = Server("--session-len", "64", "--enable-abort-handling", cache="48MiB")
    command = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "schemathesis")
    result = subprocess.run(
        [command, "run", server.url + "/openapi.json", "--checks", "not_a_server_error", "--max-examples", "5",
         "--workers", "4", "--phases", "fuzzing", "--seed", "1", "--no-color", "--request-timeout", "100"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, cwd=folder)
    expect(result.returncode == 0, f"requests made from the description: {result.stdout[-2000:]}{result.stderr}")
    expect(server.stop()[0] == 0, "the server does not stop in order after strange requests")


def load(server):
    """Many clients at once, some of which go away, and memory afterwards."""
    body = {"messages": "Count to twenty.", "max_tokens": 16, "stream": True, "temperature": 1}
    results = []

    def well(number):
        code, text = server.post("/v1/chat/completions", dict(body, seed=number))
        results.append(code if text.rstrip().endswith("data: [DONE]") or code != 200 else "cut")

    def leaving():
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            data = json.dumps(dict(body, max_tokens=500, ignore_eos=True)).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            connection.recv(100)

    def wrong():
        results.append(server.post("/v1/chat/completions", {"messages": 5})[0])

    def round(count):
        kinds = [lambda n=n: well(n) if n % 10 < 7 else leaving() if n % 10 < 9 else wrong() for n in range(count)]
        threads = [threading.Thread(target=kind) for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    # A server grows until every thread has its memory and every block of the cache has been written to. One that
    # loses memory grows every time.
    rounds = 0
    for _ in range(4):
        before = server.resident_bytes()
        round(40)
        round(40)
        rounds += 2
        growth = server.resident_bytes() / before - 1
        if rounds > 2 and growth < 0.05:
            break
    expect(set(results) == {200, 400}, f"statuses under load: {set(results)}")
    expect(results.count(200) == rounds * 28 and results.count(400) == rounds * 4,
           f"{len(results)} answers in {rounds} rounds of load")
    expect(growth < 0.05, f"memory grew by {growth:.1%} under load, again and again")
    print(f"api_server: memory {growth:+.1%} after {len(results)} answers under load")
    for _ in range(60):
        _, text = server.get("/metrics")
        used = next(line for line in text.splitlines() if line.startswith("lmdeploy:gpu_cache_usage_perc{"))
        if used.endswith(" 0"):
            break
        time.sleep(0.5)
    expect(used.endswith(" 0"), f"blocks are in use at the end: {used}")


def stopping(server):
    """SIGTERM lets a running reply end."""
    request = {"messages": "Tell me a story.", "max_tokens": 120, "ignore_eos": True, "temperature": 0}
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.post("/v1/chat/completions", request)))
    thread.start()
    while "lmdeploy:num_requests_running{" not in (text := server.get("/metrics")[1]) or any(
            line.startswith("lmdeploy:num_api_requests_routed{") and line.endswith(" 0") for line in text.splitlines()):
        time.sleep(0.01)
    code, log = server.stop()
    thread.join()
    expect(answers and answers[0][0] == 200, f"a reply that ran when the server was stopped: {answers}")
    expect(answers and json.loads(answers[0][1])["usage"]["completion_tokens"] == 120, "the reply was cut")
    expect(code == 0 and log == "", f"the server ended with {code} and logged {log!r}")


def over_tls(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = Server("--ssl", "--ssl-keyfile", key, "--ssl-certfile", certificate)
    import ssl

    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    with urllib.request.urlopen(server.url + "/health", context=context, timeout=30) as response:
        expect(response.status == 200 and server.url.startswith("https://"), "TLS")
    expect(server.stop()[0] == 0, "a server with TLS does not stop in order")


def refusals():
    for arguments, words in (
            (("--server-port", "70000"), "--server-port is 70000"),
            (("--ssl",), "--ssl is given without a private key"),
            (("--max-batch-size", "4", "--instance-num", "8"), "keep one"),
            (("--server-name", "192.0.2.1", "--session-len", "64"), "cannot serve at 192.0.2.1")):
        result = subprocess.run(
            [executable, "serve", "api_server", model, *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120)
        expect(result.returncode == 1 and words in result.stderr, f"{arguments}: {result.stderr!r}")
        expect(result.stderr.count("\n") == 1, f"{arguments}: more than one line: {result.stderr!r}")


with_a_key()
open_server = Server("--instance_num", "8", "--tp", "1", cache="48MiB")
endpoints_of_lmdeploy(open_server)
load(open_server)
stopping(open_server)
with tempfile.TemporaryDirectory() as scratch:
    over_tls(scratch)
    described_requests(scratch)
refusals()
for failure in failures:
    print(f"FAILED: {failure}")
print("api_server: " + (f"{len(failures)} failed" if failures else "all ok"))
sys.exit(1 if failures else 0)
