"""A client that reads what the dashboard reads, and says how long each answer took."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import psutil
from serving.server import TOKEN, Server

from viewing.long_search import NAME

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds to the first byte of the body and to the last, those that the server computed meanwhile, and bytes."""

    first: float
    seconds: float
    cpu: float
    size: int
    content: bytes = b""


class Reader:
    """One kept-alive connection to a server."""

    def __init__(self, server: Server, patience: float = 120.0) -> None:
        """`patience` is how many seconds of silence are borne before TimeoutError."""
        self._connection = http.client.HTTPConnection(*server.host_and_port, timeout=patience)
        self._process = psutil.Process(server.pid)

    def get(self, path: str, *, keep: bool = False) -> Answer:
        """The answer to a request below the study, or to an absolute path; its content where it is kept. Raises RuntimeError for no 2xx."""
        cpu, began = self._cpu(), time.perf_counter()
        self._send("GET", path if path.startswith("/") else f"/api/v1/studies/{NAME}/{path}")
        response = self._connection.getresponse()
        parts, size, first = [], 0, None
        while part := response.read1(CHUNK):
            first = first or time.perf_counter() - began
            size += len(part)
            if keep or response.status >= 300:
                parts.append(part)
        took = time.perf_counter() - began
        response.close()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {b''.join(parts).decode()}")
        return Answer(first or took, took, self._cpu() - cpu, size, b"".join(parts))

    def post(self, path: str, document: Any) -> Any:
        """The JSON answer to a request below the base path."""
        self._send("POST", f"/api/v1{path}", json.dumps(document).encode())
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {content.decode()}")
        return json.loads(content)

    def _cpu(self) -> float:
        """Seconds that the server has computed, to 10 ms: good for the mean of many."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _send(self, method: str, path: str, body: bytes | None = None) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)

    def close(self) -> None:
        self._connection.close()


class Changer:
    """A worker with one trial, whose reports change the study."""

    def __init__(self, server: Server) -> None:
        self._reader = Reader(server)
        ask = {"worker": "changer", "request_id": str(time.time()), "count": 1, "studies": [NAME]}
        [lease] = self._reader.post("/ask", ask)["leases"]
        self._lease = lease["lease"]
        self.trial = lease["trial"]
        self._step = 0

    def change(self) -> None:
        """One trial changes."""
        self._step += 1
        item = {"lease": self._lease, "step": self._step, "value": 1.0 / self._step}
        self._reader.post("/report", {"items": [item]})

    def close(self) -> None:
        """Gives the trial back."""
        self._reader.post("/tell", {"items": [{"lease": self._lease, "state": "released"}]})
        self._reader.close()


@contextmanager
def meanwhile(server: Server, path: str, pause: float = 0.01) -> Iterator[list[float]]:
    """Sends a small request again and again in another thread; the seconds that each took."""
    found: list[float] = []
    over = Event()
    reader = Reader(server)

    def run() -> None:
        while not over.wait(pause):
            found.append(reader.get(path).seconds)

    thread = Thread(target=run)
    thread.start()
    yield found
    over.set()
    thread.join()
    reader.close()
