"""A TCP proxy between workers and servers that reads the requests it carries, so that faults meet a verb at a known moment."""

import asyncio
import itertools
import json
import socket
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

VERBS = ("ask", "report", "tell", "renew")


class Moment(Enum):
    """Where an exchange is when a fault meets it."""

    REQUEST = "before the server has the request"
    SENT = "while the server works on it"
    ANSWERED = "after the server answered, before the worker hears it"


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Times are seconds since the epoch, on this machine's clock."""

    worker: str
    verb: str
    body: dict[str, Any]
    began: float
    server: str | None = None
    status: int | None = None
    answer: dict[str, Any] | None = None
    answered: float | None = None
    delivered: bool = False
    repeats: set[str] = field(default_factory=set)
    """Leases, or the ask itself, that a server was sent before: a repeat gives no fresh term."""
    met: list[str] = field(default_factory=list)
    """The faults that it met."""


class Reset(Exception):
    """The connection is reset, now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What becomes of an exchange after a fault met it: it waits so long, and then goes on, or its connection is reset."""

    seconds: float = 0.0
    reset: bool = False


Act = Callable[[Exchange], Hold]
"""Does something to who takes part in an exchange, while it is held."""


@dataclass(slots=True)
class _Trap:
    verb: str
    moment: Moment
    act: Act
    after: float
    done: asyncio.Future[Exchange]


class Proxy:
    """Listens on a port for each worker, and carries each connection to one of `servers`, in turn."""

    def __init__(self) -> None:
        self.servers: list[str] = []
        """`host:port` of those that live."""
        self.faults: Counter[tuple[str, str]] = Counter()
        """How often each kind of fault met each verb."""
        self.renewed: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
        """By lease: the verb of each request that gave it a fresh term, when that reached the proxy, and when its answer did."""
        self.ended: set[str] = set()
        """Leases whose end a server accepted."""
        self.gone: set[str] = set()
        """Workers that died for good: what they still have under way meets no fault."""
        self.answers = 0
        self.connections: Counter[str] = Counter()
        """How often each worker has connected."""
        self._listeners: list[asyncio.Server] = []
        self._carrying: set[asyncio.Task[None]] = set()
        self._traps: list[_Trap] = []
        self._healed: dict[str, asyncio.Event] = {}
        self._exchanges: dict[int, Exchange] = {}
        self._turn = itertools.count()
        self._sent: set[tuple[str, Any]] = set()

    async def listen(self, worker: str) -> str:
        """The address that this worker is given."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._carrying.add(task)
            self.connections[worker] += 1
            try:
                await _Connection(self, worker, reader, writer).run()
            finally:
                self._carrying.discard(task)

        listener = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**24)
        self._listeners.append(listener)
        return f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        for listener in self._listeners:
            listener.close()
        for task in list(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def meet(self, verb: str, moment: Moment, act: Act, after: float = 0.0) -> Exchange:
        """Acts on the next exchange of this verb that comes to that moment, `after` seconds later; returns when it has been done."""
        trap = _Trap(verb, moment, act, after, asyncio.get_running_loop().create_future())
        self._traps.append(trap)
        return await trap.done

    def cut(self, workers: list[str]) -> Callable[[], None]:
        """Nothing gets through to or from these workers, until what this returns is called; then their connections are reset."""
        mine = {worker: asyncio.Event() for worker in workers if worker not in self._healed}
        self._healed |= mine

        def heal() -> None:
            for worker, healed in mine.items():
                del self._healed[worker]
                healed.set()

        return heal

    def count(self, kind: str, exchange: Exchange) -> None:
        """Notes that a fault met this exchange, once."""
        if kind not in exchange.met:
            exchange.met.append(kind)
            self.faults[kind, exchange.verb] += 1

    def count_all(self, kind: str, server: str | None = None) -> None:
        """Notes a fault that met all exchanges that servers, or this one, are at work on."""
        for exchange in self._exchanges.values():
            if exchange.server is not None and server in {None, exchange.server}:
                self.count(kind, exchange)

    def choose(self) -> str:
        if not self.servers:
            raise Reset
        return self.servers[next(self._turn) % len(self.servers)]

    def begin(self, exchange: Exchange) -> None:
        self._exchanges[id(exchange)] = exchange

    def sent(self, exchange: Exchange) -> None:
        """A server gets it now."""
        body = exchange.body
        keys: list[tuple[str, Any]] = [("ask", body["request_id"])] if exchange.verb == "ask" else []
        if exchange.verb == "report":
            keys = [(item["lease"], item["step"]) for item in body["items"]]
        for key in keys:
            if key in self._sent:
                exchange.repeats.add(key[0])
            self._sent.add(key)

    async def at(self, moment: Moment, exchange: Exchange) -> None:
        """Lets faults meet the exchange; raises Reset where the connection does not outlive them."""
        await self._cross(exchange)
        trap = next((trap for trap in self._traps if (trap.verb, trap.moment) == (exchange.verb, moment)), None)
        if trap is None or exchange.worker in self.gone:
            return
        self._traps.remove(trap)
        await asyncio.sleep(trap.after)
        hold = trap.act(exchange)
        trap.done.set_result(exchange)
        await asyncio.sleep(hold.seconds)
        if hold.reset:
            raise Reset
        await self._cross(exchange)

    async def _cross(self, exchange: Exchange) -> None:
        healed = self._healed.get(exchange.worker)
        if healed is not None:
            self.count("partition", exchange)
            await healed.wait()
            raise Reset

    def end(self, exchange: Exchange) -> None:
        """The exchange is over, whether it was answered or not."""
        self._exchanges.pop(id(exchange), None)
        if exchange.status is None or exchange.answer is None or exchange.answered is None:
            return
        self.answers += 1
        if exchange.status == 503:
            self.count("answered 503", exchange)
        if exchange.status != 200 or exchange.verb not in VERBS:
            return
        for item in exchange.answer["leases" if exchange.verb == "ask" else "items"]:
            if exchange.verb == "tell":
                self.ended |= {item["lease"]} if item["accepted"] else set()
            elif item.get("decision") != "lost" and not exchange.repeats & {"ask", item["lease"]}:
                self.renewed[item["lease"]].append((exchange.verb, exchange.began, exchange.answered))


class _Connection:
    """One connection of a worker, with one to a server behind it; requests on it come one after the other."""

    def __init__(self, proxy: Proxy, worker: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._worker = worker
        self._reader = reader
        self._writer = writer
        self._server: str | None = None
        self._back: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        try:
            while True:
                head, body = await _message(self._reader)
                await self._carry(head, body)
        except (Reset, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            _reset(self._writer)
            if self._back is not None:
                self._back[1].close()

    async def _carry(self, head: bytes, body: bytes) -> None:
        verb = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        exchange = Exchange(self._worker, verb, json.loads(body or b"{}"), time.time())
        self._proxy.begin(exchange)
        try:
            await self._or_gone(self._proxy.at(Moment.REQUEST, exchange))
            _, back = await self._connect()
            exchange.server = self._server
            self._proxy.sent(exchange)
            back.write(head + body)
            await self._proxy.at(Moment.SENT, exchange)
            answer = await self._or_gone(self._answer(exchange))
            await self._proxy.at(Moment.ANSWERED, exchange)
            self._writer.write(answer)
            await self._writer.drain()
            exchange.delivered = True
        finally:
            self._proxy.end(exchange)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._back is None:
            self._server = self._proxy.choose()
            host, _, port = self._server.rpartition(":")
            self._back = await asyncio.open_connection(host, int(port), limit=2**24)
        return self._back

    async def _answer(self, exchange: Exchange) -> bytes:
        assert self._back is not None
        head, body = await _message(self._back[0])
        exchange.status = int(head.split(b" ", 2)[1])
        exchange.answer = json.loads(body or b"{}")
        exchange.answered = time.time()
        return head + body

    async def _or_gone(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What `work` gives; Reset when the worker goes away before."""
        doing = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._reader.read(1))
        try:
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise Reset
        finally:
            for task in (doing, gone):
                task.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await gone
            with suppress(Exception, asyncio.CancelledError):
                await doing


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of a request or an answer; ours always say how long they are."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    return head, await reader.readexactly(length)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection by RST, as a machine that has forgotten it does."""
    with suppress(OSError):
        found: socket.socket = writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
