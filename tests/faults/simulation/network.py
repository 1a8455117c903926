"""The network between clients and the server: it loses, repeats, delays and reorders what it carries."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx2
from faults.simulation.promises import Promises
from faults.simulation.world import Process, World

TIMEOUT = 8.0
"""Seconds that a client waits for an answer, besides what an ask may take."""
VERBS = ("ask", "report", "tell", "renew", "patch", "enqueue", "cancel", "look", "sweep")
FAULTS = {"request dropped": 4, "answer dropped": 5, "repeated": 5, "delayed": 4, "repeated late": 2}
SHARE = 0.2
"""Of the requests meet one of them."""
LOST = {"request dropped", "answer dropped", "delayed"}
"""After these the client hears nothing."""


def verb_of(method: str, path: str) -> str:
    return {"PATCH": "patch", "GET": "look"}.get(method) or path.rsplit("/", 1)[-1]


@dataclass
class Message:
    """A request on its way. `answer` is a status and a body, or an exception; nobody may be waiting for it any more."""

    method: str
    path: str
    body: bytes
    until: float
    answer: Any = None

    @property
    def verb(self) -> str:
        return verb_of(self.method, self.path)


class Network:
    """Carries the requests of all processes to one server."""

    def __init__(self, world: World, server: Any) -> None:
        self.world = world
        self.server = server
        self.is_faulty = True
        self.requests = 0
        self.cut_off: dict[str, float] = {}
        """Until when a process reaches nobody."""

    def of(self, process: Process, promises: Promises) -> "Line":
        """What a client of this process sends through."""
        return Line(self, process, promises)

    def fate(self, verb: str) -> str | None:
        if not self.is_faulty or not self.world.chance(SHARE):
            return None
        kind = self.world.random.choices(list(FAULTS), list(FAULTS.values()))[0]
        self.world.fault(kind, verb)
        return kind

    def transit(self) -> float:
        """Seconds that a packet takes; some overtake others."""
        return self.world.between(0.001, 0.3 if self.world.chance(0.2) else 0.02)


class Line(httpx2.BaseTransport):
    """One process's end of the network."""

    def __init__(self, network: Network, process: Process, promises: Promises) -> None:
        self._network = network
        self._process = process
        self._promises = promises

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        network, world = self._network, self._network.world
        network.requests += 1
        path = request.url.path.removeprefix("/api/v1")
        seconds = request.extensions["timeout"]["read"]
        message = Message(request.method, path, request.read(), world.now + seconds - TIMEOUT)
        world.note(f"{self._process.name} sends {message.method} {path} {_short(message.body)}")
        self._promises.sent(message.method, path, message.body)
        if network.cut_off.get(self._process.name, 0.0) > world.now:
            world.fault("cut off", message.verb)
            world.sleep(5.0)
            raise httpx2.ConnectTimeout("cut off")
        return self._exchange(message, seconds, network.fate(message.verb))

    def _exchange(self, message: Message, seconds: float, fate: str | None) -> httpx2.Response:
        network, world = self._network, self._network.world
        fiber = world.running()
        waits = fiber.waits
        is_lost = fate in LOST

        def answered() -> None:
            if not is_lost:
                fiber.wake_at(world.now + network.transit(), waits)

        arrives = world.between(seconds, seconds + 40.0) if fate == "delayed" else network.transit()
        if fate != "request dropped":
            world.after(arrives, lambda: network.server.arrive(message, answered))
        if fate in ("repeated", "repeated late"):
            again = Message(message.method, message.path, message.body, 0.0)
            later = world.between(0.0, 2.0) if fate == "repeated" else world.between(2.0, 60.0)
            world.after(arrives + later, lambda: network.server.arrive(again, lambda: None))
        gives_up = world.between(0.3, 1.0) if is_lost and world.chance(0.6) else seconds
        fiber.wake_at(world.now + gives_up)
        fiber.wait()
        return self._outcome(message, is_lost=is_lost)

    def _outcome(self, message: Message, *, is_lost: bool) -> httpx2.Response:
        world = self._network.world
        lost = is_lost or message.answer is None
        world.note(f"{self._process.name} hears {'nothing' if lost else _said(message.answer)}")
        if lost:
            raise httpx2.ReadTimeout("no answer came")
        if isinstance(message.answer, Exception):
            raise message.answer
        status, body = message.answer
        self._promises.answered(message.path, status, body)
        return httpx2.Response(status, content=body)


def _said(answer: Any) -> str:
    return type(answer).__name__ if isinstance(answer, Exception) else f"{answer[0]} {_short(answer[1])}"


def _short(body: bytes) -> str:
    return sha256(body).hexdigest()[:8]
