"""A hub on this machine with the interface of huggingface.co, for tests: files in memory, ranges, redirects."""

import hashlib
import http.server
import json
import threading
import time
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
# Longer files are stored elsewhere, as on the real hub.
LARGE_BYTES = 10_000


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub:
    """Serves repositories: {"org/name": {"path": bytes}}; every repository has one commit, on main."""

    def __init__(self, repositories, bytes_per_second=None):
        self.repositories = repositories
        # Of each connection; None for no limit.
        self.bytes_per_second = bytes_per_second
        self.bytes_sent = 0
        self.requests = []
        self.sha256 = {}
        for files in repositories.values():
            for content in files.values():
                self.sha256[id(content)] = hashlib.sha256(content).hexdigest()
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def entry(self, path, content):
        entry = {"type": "file", "path": path, "size": len(content), "oid": git_hash(content)}
        if len(content) > LARGE_BYTES:
            entry["lfs"] = {"oid": self.sha256[id(content)], "size": len(content), "pointerSize": 130}
        return entry


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.hub.requests.append((self.command, self.path))
        parts = urllib.parse.unquote(self.path.split("?")[0]).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self.answer_api("/".join(parts[2:4]), parts[4:])
        if parts[0] == "store":
            return self.send_content(self.find("/".join(parts[1:3]), "/".join(parts[3:])), "store")
        if len(parts) > 4 and parts[2] == "resolve":
            return self.answer_file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        return self.send(404, {"X-Error-Code": "RepoNotFound"})

    def find(self, repository, path):
        return self.hub.repositories.get(repository, {}).get(path)

    def answer_api(self, repository, rest):
        files = self.hub.repositories.get(repository)
        if files is None:
            return self.send(404, {"X-Error-Code": "RepoNotFound"})
        if rest[:1] == ["tree"]:
            return self.send_json([self.hub.entry(path, content) for path, content in files.items()])
        if rest[:1] == ["revision"] and rest[1:] not in (["main"], [COMMIT]):
            return self.send(404, {"X-Error-Code": "RevisionNotFound"})
        siblings = [{"rfilename": path} for path in files]
        return self.send_json({"id": repository, "sha": COMMIT, "siblings": siblings, "private": False})

    def answer_file(self, repository, revision, path):
        content = self.find(repository, path)
        if revision not in ("main", COMMIT) or content is None:
            return self.send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        if len(content) <= LARGE_BYTES:
            return self.send_content(content, git_hash(content))
        return self.send(
            302,
            {
                "Location": f"http://localhost:{self.hub.port}/store/{repository}/{path}?signature=1",
                "X-Linked-Etag": f'"{self.hub.sha256[id(content)]}"',
                "X-Linked-Size": str(len(content)),
                "X-Repo-Commit": COMMIT,
            },
        )

    def send_json(self, value):
        self.send(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def send_content(self, content, tag):
        headers = {"ETag": f'"{tag}"', "Accept-Ranges": "bytes", "X-Repo-Commit": COMMIT}
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes="):
            return self.send(200, headers, content)
        first, _, last = wanted[6:].partition("-")
        first, last = int(first), min(int(last or len(content)), len(content) - 1)
        if first >= len(content):
            return self.send(416, headers)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return self.send(206, headers, memoryview(content)[first : last + 1])

    def send(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        limit = self.hub.bytes_per_second
        step = 1 << 20 if limit is None else max(1, limit // 20)
        try:
            for start in range(0, len(body), step):
                piece = body[start : start + step]
                self.wfile.write(piece)
                self.hub.bytes_sent += len(piece)
                if limit is not None:
                    time.sleep(1 / 20)
        except OSError:
            self.close_connection = True
