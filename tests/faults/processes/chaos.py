"""A seeded plan of faults, carried out on a fleet while it searches."""

import asyncio
import math
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from effort import tries
from faults.processes.durable_postgres import DurablePostgres
from faults.processes.fleet import Fleet, until
from faults.processes.proxy import VERBS, Exchange, Hold, Moment, Proxy

WORKERS = 12
SERVERS = 2
LEASE_SECONDS = 3.0
LATEST_SWEEP = 5.0
HALF_OPEN_SECONDS = 5.0
AHEAD = 5 * WORKERS
"""Trials that the budget is ahead of the plan, at most: faults come while there is work, and the work lasts as long as they come."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; at HPSEARCH_EFFORT=70 the large size."""

    worker_kills: int = min(tries(40), 2_000)
    server_kills: int = min(tries(6), 200)
    database_restarts: int = min(tries(2), 50)
    partitions: int = min(tries(10), 200)
    stops: int = min(tries(8), 200)
    network: int = min(tries(8), 200)
    """Of each kind: delay, reset, answer dropped, half-open."""
    trials: int = min(tries(300), 20_000)


@dataclass(frozen=True, slots=True)
class Fault:
    """Comes over the next exchange of `verb`."""

    kind: str
    verb: str


def plan(size: Size, seed: int) -> list[Fault]:
    """The faults in their order: each kind meets the verbs in turn."""
    counts = {
        "worker killed": size.worker_kills,
        "server killed": size.server_kills,
        "database restarted": size.database_restarts,
        "partition": size.partitions,
        "worker stopped": size.stops,
        "delay": size.network,
        "reset": size.network,
        "answer dropped": size.network,
        "half-open": size.network,
    }
    faults = [Fault(kind, VERBS[turn % len(VERBS)]) for kind, count in counts.items() for turn in range(count)]
    random.Random(seed).shuffle(faults)
    return faults


class Chaos:
    """Carries out a plan; `run` ends when every fault has come and gone."""

    def __init__(
        self, fleet: Fleet, proxy: Proxy, postgres: DurablePostgres, allow: Callable[[int], Awaitable[None]], seed: int
    ) -> None:
        """`allow` raises the budget of the study to so many trials."""
        self._fleet = fleet
        self._proxy = proxy
        self._postgres = postgres
        self._allow = allow
        self._random = random.Random(seed)
        self._passing: set[asyncio.Future[None]] = set()

    async def run(self, faults: list[Fault], trials: int) -> None:
        allowed = 0
        for number, fault in enumerate(faults, 1):
            share = math.ceil(number / len(faults) * trials)
            if allowed < min(trials, share + AHEAD // 2):
                allowed = min(trials, share + AHEAD)
                await self._allow(allowed)
            await asyncio.wait_for(self._carry_out(fault), 120)
            await self._until_ended(share - AHEAD, fault)
        await asyncio.gather(*self._passing)

    async def _until_ended(self, trials: int, fault: Fault) -> None:
        ended = self._proxy.ended
        await until(lambda: len(ended) >= trials, f"{trials} ends; the last fault was {fault}", lambda: len(ended))

    async def _carry_out(self, fault: Fault) -> None:
        match fault.kind:
            case "worker killed":
                await self._kill_worker(fault)
            case "server killed":
                await self._kill_server(fault)
            case "database restarted":
                await self._restart_database(fault)
            case "partition":
                await self._partition(fault)
            case "worker stopped":
                await self._stop_worker(fault)
            case _:
                await self._disturb(fault)

    async def _kill_worker(self, fault: Fault) -> None:
        def kill(exchange: Exchange) -> Hold:
            self._fleet.kill_worker(exchange.worker)
            self._proxy.count(fault.kind, exchange)
            return Hold(reset=True)

        exchange = await self._proxy.meet(fault.verb, self._random.choice(list(Moment)), kill)
        await self._fleet.bury_worker(exchange.worker, for_good=self._random.random() < 1 / 3)

    async def _kill_server(self, fault: Fault) -> None:
        """At some point of its work, or when it has answered and nobody has heard it."""

        def kill(exchange: Exchange) -> Hold:
            self._proxy.count_all(fault.kind, exchange.server)
            assert exchange.server is not None
            self._fleet.kill_server(exchange.server)
            return Hold(reset=moment is Moment.ANSWERED)

        moment = self._random.choice([Moment.SENT, Moment.SENT, Moment.ANSWERED])
        await self._proxy.meet(fault.verb, moment, kill, self._random.uniform(0.0, 0.01))
        self._passing.add(asyncio.ensure_future(self._fleet.add_server()))

    async def _restart_database(self, fault: Fault) -> None:
        restarting: list[asyncio.Future[None]] = []

        def restart(exchange: Exchange) -> Hold:
            self._proxy.count_all(fault.kind)
            restarting.append(asyncio.ensure_future(asyncio.to_thread(self._postgres.restart)))
            return Hold()

        await self._proxy.meet(fault.verb, Moment.SENT, restart)
        await restarting[0]

    async def _partition(self, fault: Fault) -> None:
        def cut(exchange: Exchange) -> Hold:
            others = [name for name in self._fleet.workers if name != exchange.worker]
            away = [exchange.worker, *self._random.sample(others, self._random.randrange(4))]
            seconds = self._random.uniform(0.5, 2.5 * LEASE_SECONDS)
            self._later(seconds, self._proxy.cut(away))
            return Hold()

        await self._proxy.meet(fault.verb, self._random.choice([Moment.REQUEST, Moment.ANSWERED]), cut)

    async def _stop_worker(self, fault: Fault) -> None:
        """For longer than its leases last; then it comes back with what others have redone."""

        def stop(exchange: Exchange) -> Hold:
            self._fleet.signal(exchange.worker, signal.SIGSTOP)
            self._proxy.count(fault.kind, exchange)
            worker = self._fleet.workers[exchange.worker]
            seconds = LEASE_SECONDS + self._random.uniform(0.5, 1.5) * LATEST_SWEEP

            def go_on() -> None:
                if worker.poll() is None:
                    worker.send_signal(signal.SIGCONT)

            self._later(seconds, go_on)
            return Hold()

        await self._proxy.meet(fault.verb, self._random.choice(list(Moment)), stop)

    async def _disturb(self, fault: Fault) -> None:
        moments = {"reset": [Moment.REQUEST, Moment.SENT], "answer dropped": [Moment.ANSWERED]}
        hold = {
            "delay": Hold(self._random.uniform(0.1, 1.0)),
            "half-open": Hold(HALF_OPEN_SECONDS, reset=True),
        }.get(fault.kind, Hold(reset=True))

        def disturb(exchange: Exchange) -> Hold:
            self._proxy.count(fault.kind, exchange)
            return hold

        at = self._random.choice(moments.get(fault.kind, list(Moment)))
        await self._proxy.meet(fault.verb, at, disturb)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            act()

        task = asyncio.ensure_future(wait())
        self._passing.add(task)
