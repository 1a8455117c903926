"""How long a worker waits: for its first trial of a long study, and for its renewals while others are given suggestions."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from serving.connection import Connection
from serving.long_study import NAME
from serving.server import Server

RENEWERS = 16
LEASES = 8
"""Of each renewer."""
RENEW_SECONDS = 0.1
"""Between two renewals of one worker: 16 workers renew as often as 4,800 do at the usual 30 s."""
BATCH = 64


@dataclass
class Renewals:
    """Latencies in seconds, and what went on meanwhile."""

    latencies: list[float] = field(default_factory=list)
    asks: list[float] = field(default_factory=list)
    granted: int = 0


def first_ask(server: Server, worker: str) -> float:
    """Seconds from a new worker's connection to its first trial."""
    return uvloop.run(_first_ask(server, worker))


async def _first_ask(server: Server, worker: str) -> float:
    began = time.perf_counter()
    connection = await Connection.open(server)
    [lease] = (await connection.post("/ask", _ask(worker, 1)))["leases"]
    found = time.perf_counter() - began
    await connection.post("/tell", {"items": [_end(lease)]})
    connection.close()
    return found


def renew_during_asks(server: Server, seconds: float) -> Renewals:
    """Workers renew while another asks for 64 trials at a time, tells their ends, and asks again."""
    return uvloop.run(_renew_during_asks(server, seconds))


async def _renew_during_asks(server: Server, seconds: float) -> Renewals:
    found = Renewals()
    connections = [await Connection.open(server) for _ in range(RENEWERS + 1)]
    held = [
        (await connection.post("/ask", _ask(f"renewer-{number}", LEASES)))["leases"]
        for number, connection in enumerate(connections[:RENEWERS])
    ]
    until = time.perf_counter() + seconds
    renewing = (
        _renew(found, connection, f"renewer-{number}", leases, until + number * RENEW_SECONDS / RENEWERS)
        for number, (connection, leases) in enumerate(zip(connections, held, strict=False))
    )
    await asyncio.gather(*renewing, _ask_on(found, connections[-1], until))
    for connection, leases in zip(connections, held, strict=False):
        await connection.post("/tell", {"items": [_end(lease) for lease in leases]})
        connection.close()
    return found


async def _renew(found: Renewals, connection: Connection, worker: str, leases: list[Any], until: float) -> None:
    body = {"worker": worker, "leases": [lease["lease"] for lease in leases]}
    while (began := time.perf_counter()) < until:
        answer = await connection.post("/renew", body)
        took = time.perf_counter() - began
        if any(item["decision"] != "continue" for item in answer["items"]):
            raise RuntimeError(f"a lease was not renewed: {answer}")
        found.latencies.append(took)
        await asyncio.sleep(max(0.0, RENEW_SECONDS - took))


async def _ask_on(found: Renewals, connection: Connection, until: float) -> None:
    while (began := time.perf_counter()) < until:
        leases = (await connection.post("/ask", _ask("asker", BATCH)))["leases"]
        found.asks.append(time.perf_counter() - began)
        found.granted += len(leases)
        await connection.post("/tell", {"items": [_end(lease) for lease in leases]})


def _ask(worker: str, count: int) -> dict[str, Any]:
    return {"worker": worker, "request_id": f"{worker}-{time.perf_counter()}", "count": count, "studies": [NAME]}


def _end(lease: dict[str, Any]) -> dict[str, Any]:
    return {"lease": lease["lease"], "state": "completed", "values": [sum(x * x for x in lease["params"].values())]}
