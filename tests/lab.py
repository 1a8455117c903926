"""A service on a database of its own, a clock that tests move, and short words for what workers and people do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

from databases import open_quickly
from domain import study_of
from patience import SECONDS
from pydantic import SecretStr

from hpsearch.identity import Identity, Scope
from hpsearch.service import Service
from hpsearch.service.commands.command import Batch, Command
from hpsearch.service.verify import verify
from hpsearch.settings import Settings
from hpsearch.storage import Database
from hpsearch.wire import studies as bodies
from hpsearch.wire import verbs
from hpsearch.wire.trials import TrialDetail

TOKEN = "the-token-of-the-lab"
TERM = 20.0
"""Seconds of a lease."""
TICK = 10.0
"""Seconds between two sweeps of `Lab.pass_time`; no gap in service."""
WHO = Identity("somebody", Scope.USER)
_IDS = count()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Lab:
    """What tests do with a service. The study is `s` where none is named; every request has an id of its own unless it is given."""

    def __init__(self, service: Service, database: Database, clock: Clock) -> None:
        self.service = service
        self.database = database
        self.clock = clock

    # People

    async def create(self, name: str = "s", **fields: Any) -> bodies.StudyView:
        """A study of a user's objective with one real parameter and a random sampler, unless `fields` say otherwise."""
        document = {"objective": "mine:train", "sampler": {"name": "random", "seed": 1}} | fields
        view, created = await self.service.create_study(study_of(name=name, **document), WHO)
        assert created
        return view

    async def study(self, name: str = "s") -> bodies.StudyView:
        return await self.service.get_study(name)

    async def patch(self, name: str = "s", **fields: Any) -> bodies.StudyView:
        return await self.service.patch_study(name, bodies.StudyPatch.model_validate(fields), WHO)

    async def enqueue(self, name: str = "s", *, request_id: str | None = None, **fields: Any) -> Any:
        body = bodies.Enqueue(request_id=request_id or self._new_id(), **fields)
        return await self.service.enqueue(name, body, WHO)

    async def cancel(self, number: int, name: str = "s") -> Any:
        return await self.service.cancel_trial(name, number, WHO)

    async def open_test(self, trial: int | None = None) -> bodies.TestRecord:
        return await self.service.open_test("s", bodies.TestRequest(trial=trial), WHO)

    async def record_test(self, number: int, metrics: dict[str, float]) -> bodies.TestRecord:
        return await self.service.record_test("s", number, bodies.TestResult(metrics=metrics), WHO)

    async def trial(self, number: int, name: str = "s") -> TrialDetail:
        return await self.service.get_trial(name, number)

    async def states(self, name: str = "s") -> list[str]:
        """The states of all trials, in the order of their numbers."""
        return [trial.state.value for page in await self.pages(name) for trial in page]

    async def pages(self, name: str = "s") -> list[list[Any]]:
        return [page async for page in self.service.export_trials(name)]

    async def counts(self, name: str = "s") -> dict[str, int]:
        """The trials by state, without zeros."""
        counts = (await self.study(name)).counts.model_dump()
        return {state: number for state, number in counts.items() if number}

    # Workers

    async def asked(self, count: int = 1, *, worker: str = "w", request_id: str | None = None, **fields: Any) -> Any:
        body = verbs.Ask(worker=worker, request_id=request_id or self._new_id(), count=count, **fields)
        return await self.service.ask(body)

    async def ask(self, count: int = 1, **fields: Any) -> list[verbs.Lease]:
        return (await self.asked(count, **fields)).leases

    async def ask_one(self, **fields: Any) -> verbs.Lease:
        (lease,) = await self.ask(1, **fields)
        return lease

    async def report(self, lease: verbs.Lease, step: int, value: float, **fields: Any) -> verbs.DecisionItem:
        return (await self.report_all({"lease": lease.lease, "step": step, "value": value, **fields}))[0]

    async def report_all(self, *items: dict[str, Any]) -> list[verbs.DecisionItem]:
        return (await self.service.report(verbs.Report.model_validate({"items": items}))).items

    async def tell(self, lease: verbs.Lease, state: str, **fields: Any) -> verbs.ToldItem:
        return (await self.tell_all({"lease": lease.lease, "state": state, **fields}))[0]

    async def tell_all(self, *items: dict[str, Any]) -> list[verbs.ToldItem]:
        return (await self.service.tell(verbs.Tell.model_validate({"items": items}))).items

    async def complete(self, lease: verbs.Lease, *values: float, **fields: Any) -> verbs.ToldItem:
        return await self.tell(lease, "completed", values=values or (0.5,), **fields)

    async def fail(self, lease: verbs.Lease, reason: str = "exception", message: str = "no") -> verbs.ToldItem:
        return await self.tell(lease, "failed", error={"reason": reason, "message": message})

    async def release(self, lease: verbs.Lease, **fields: Any) -> verbs.ToldItem:
        return await self.tell(lease, "released", **fields)

    async def renew(self, *leases: verbs.Lease, **fields: Any) -> list[verbs.DecisionItem]:
        body = verbs.Renew(worker="w", leases=[lease.lease for lease in leases], **fields)
        return (await self.service.renew(body)).items

    # Time

    async def pass_time(self, seconds: float) -> int:
        """Lets time pass in service; returns how many leases expired."""
        expired = 0
        while seconds > 0:
            self.clock.forward(min(seconds, TICK))
            seconds -= TICK
            expired += await self.service.sweep()
        return expired

    async def expire(self) -> None:
        """Lets all open leases expire."""
        assert await self.pass_time(TERM + TICK)

    async def restart(self, reopen: Callable[[Database], Database] = lambda database: database) -> None:
        """Another service takes over. The database must be one that stays open, or `reopen` opens the one that was closed."""
        await self.service.close()
        self.database = reopen(self.database)
        self.service = await _service_on(self.database)

    def violations(self) -> list[str]:
        return [str(violation) for violation in verify(self.database)]

    def _new_id(self) -> str:
        return f"request-{next(_IDS)}"


class _Hold(Command[None]):
    """Keeps the writer busy until it may go on, in a transaction of its own."""

    alone = True

    def __init__(self) -> None:
        self.began = Event()
        self.may_end = Event()

    def run(self, batch: Batch) -> None:
        self.began.set()
        assert self.may_end.wait(SECONDS)


@asynccontextmanager
async def gathering(lab: Lab) -> AsyncIterator[None]:
    """Commands that are submitted in this block are carried out in one transaction after it, in their order."""
    hold = _Hold()
    holding = asyncio.ensure_future(lab.service._writer.submit(hold))
    await asyncio.to_thread(hold.began.wait, 60)
    try:
        yield
    finally:
        hold.may_end.set()
        await holding


@asynccontextmanager
async def lab_on(url: str, clock: Clock | None = None) -> AsyncIterator[Lab]:
    """A lab on the database at this address."""
    clock = clock or Clock()
    async with lab_in(open_quickly(url, clock), clock) as lab:
        yield lab


@asynccontextmanager
async def lab_in(database: Database, clock: Clock) -> AsyncIterator[Lab]:
    """A service on this database that sweeps only when told; at the end its accounts must balance."""
    lab = Lab(await _service_on(database), database, clock)
    try:
        yield lab
        assert lab.violations() == []
    finally:
        await lab.service.close()


async def _service_on(database: Database) -> Service:
    settings = Settings(admin_token=SecretStr(TOKEN), lease_seconds=TERM)
    return await Service.open(database, settings, tick_seconds=None)
