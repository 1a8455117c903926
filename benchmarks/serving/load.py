"""Workers that ask and tell: the load of the first two measurements."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from serving.connection import Connection
from serving.server import Server

SPACE = {
    "learning_rate": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True},
    "momentum": {"type": "float", "low": 0.0, "high": 0.99},
    "hidden_units": {"type": "int", "low": 16, "high": 512, "log": True},
    "optimizer": {"type": "categorical", "choices": ["sgd", "adam", "rmsprop"]},
}
"""Four parameters, the same as Optuna's side has."""


@dataclass
class Load:
    """What came out: pairs of ask and tell, the seconds they took, and each request's latency in seconds."""

    pairs: int = 0
    seconds: float = 0.0
    asks: list[float] = field(default_factory=list)
    tells: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Pairs a second."""
        return self.pairs / self.seconds


def ask_and_tell(server: Server, *, clients: int, batch: int, seconds: float) -> Load:
    """`clients` connections, each asking for `batch` trials and telling their ends, again and again."""
    return uvloop.run(_all(server, clients, batch, seconds))


async def _all(server: Server, clients: int, batch: int, seconds: float) -> Load:
    study = {
        "name": f"load-{clients}-{batch}",
        "objective": "benchmark:none",
        "space": SPACE,
        "sampler": {"name": "random", "seed": 1},
    }
    connections = [await Connection.open(server) for _ in range(clients)]
    await connections[0].post("/studies", study)
    load = Load()
    await asyncio.gather(
        *(_client(load, one, number, study["name"], batch, 1.0) for number, one in enumerate(connections))
    )
    load = Load()
    began = time.perf_counter()
    await asyncio.gather(
        *(_client(load, one, number, study["name"], batch, seconds) for number, one in enumerate(connections))
    )
    load.seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return load


async def _client(load: Load, connection: Connection, number: int, study: str, batch: int, seconds: float) -> None:
    clock = time.perf_counter
    until = clock() + seconds
    worker = f"worker-{number}"
    while (began := clock()) < until:
        request = {"worker": worker, "request_id": f"{number}-{began}", "count": batch, "studies": [study]}
        leases = (await connection.post("/ask", request))["leases"]
        asked = clock()
        items = [_end(lease) for lease in leases]
        told = (await connection.post("/tell", {"items": items}))["items"]
        load.asks.append(asked - began)
        load.tells.append(clock() - asked)
        load.pairs += sum(item["accepted"] for item in told)


def _end(lease: dict[str, Any]) -> dict[str, Any]:
    return {"lease": lease["lease"], "state": "completed", "values": [lease["params"]["momentum"]]}
