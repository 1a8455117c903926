"""A scripted peer: a real HTTP server on the loopback that answers what a test told it to, and keeps what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """`body` is a wire model, JSON or bytes; `hang_up` closes the connection instead of answering."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, BaseModel):
            return self.body.model_dump_json().encode()
        return json.dumps(self.body).encode()


def problem(status: int, code: str, detail: str = "", headers: dict[str, str] | None = None, **more: Any) -> Answer:
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail, **more}
    return Answer(status, body, {"Content-Type": "application/problem+json", **(headers or {})})


class Peer:
    """Answers each route by its script, an answer or a function of the request after the other; the last one stays."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._script: dict[tuple[str, str], deque[Answer | Callable[[Request], Answer]]] = {}
        self._guard = threading.Lock()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def handle_any(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, url.path, parse_qs(url.query), dict(self.headers), body)
                answer = peer._answer(request)
                if answer.hang_up:
                    self.close_connection = True
                    return
                content = answer.content()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that went away

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def on(self, method: str, path: str, *answers: Answer | Callable[[Request], Answer]) -> None:
        with self._guard:
            self._script[method, path] = deque(answers)

    def requests(self, method: str, path: str) -> list[Request]:
        with self._guard:
            return [request for request in self.seen if (request.method, request.path) == (method, path)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: Request) -> Answer:
        with self._guard:
            self.seen.append(request)
            script = self._script.get((request.method, request.path))
            if not script:
                return problem(404, "not_found", f"nothing is scripted for {request.method} {request.path}")
            answer = script.popleft() if len(script) > 1 else script[0]
        return answer if isinstance(answer, Answer) else answer(request)
