"""The server of a simulated world: the real service on a real database, which crashes, stalls and loses commits."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any

import httpx2
from databases import KeptDatabase
from faults.simulation.accounts import Accounts
from faults.simulation.network import Message
from faults.simulation.terms import Terms
from faults.simulation.world import World
from lab import TERM, TOKEN, WHO, Clock, Lab, gathering
from pydantic import SecretStr, ValidationError

from hpsearch.errors import DatabaseUnavailable, HpsearchError, InvalidInput
from hpsearch.service import Service
from hpsearch.settings import Settings
from hpsearch.storage import Connection
from hpsearch.validation import field_errors
from hpsearch.wire import studies as bodies
from hpsearch.wire import verbs
from hpsearch.wire.base import Problem
from hpsearch_api.problems import status_of

SWEEP_SECONDS = 5.0
LOOK_SECONDS = 2.0
"""Between two looks of an ask that waits."""
LOOKS = 0.1
"""Of the sweeps are followed by a look at the accounts."""
COMMIT_FAULTS = ("commit lost", "commit unknown", "crash before commit", "crash after commit")
SHARE = 0.03
"""Of the transactions meet one of them."""


class Fragile(KeptDatabase):
    """A database whose next commit may go wrong. `fault` is one of COMMIT_FAULTS, or None."""

    fault: str | None = None
    passing = 0
    """Transactions that are let pass before the fault."""
    is_gone = False
    """Whether the process that used it has crashed."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._alive()
        with super().write() as connection:
            yield connection
            if not self.passing:
                self._fail("commit lost", "crash before commit")
        if self.passing:
            self.passing -= 1
            return
        self._fail("commit unknown", "crash after commit")

    def _alive(self) -> None:
        if self.is_gone:
            raise DatabaseUnavailable("the process is dead")

    def _fail(self, passing: str, deadly: str) -> None:
        if self.fault in (passing, deadly):
            self.is_gone = self.fault == deadly
            self.fault = None
            raise DatabaseUnavailable("injected")


class Server:
    """Takes what the network brings, alone or several in one transaction, and answers."""

    def __init__(self, world: World, database: Fragile, clock: Clock, runner: asyncio.Runner) -> None:
        self.world = world
        self.database = database
        self.is_faulty = True
        self.clock = clock
        self._loop = runner.get_loop()
        self._behind = 0.0
        self._inbox: list[tuple[Message, Callable[[], None]]] = []
        self._parked: list[tuple[Message, Callable[[], None]]] = []
        self.lab: Lab | None = None
        self.on_expired: Callable[[str], None] = lambda _: None
        self.terms = Terms(database, clock)
        self.accounts = Accounts(database)
        self.start()
        world.after(SWEEP_SECONDS, self._sweep)

    def wait_for(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)

    # Its life

    def start(self) -> None:
        self._move_clock()
        self.database.is_gone = False
        self.database.passing = 0
        settings = Settings(admin_token=SecretStr(TOKEN), lease_seconds=TERM)
        self.lab = Lab(
            self.wait_for(Service.open(self.database, settings, tick_seconds=None)), self.database, self.clock
        )
        self.world.note("server starts")

    def stop(self) -> None:
        """Ends it; who waits hears that the connection is gone."""
        if self.lab is not None:
            self.wait_for(self.lab.service.close())
            self.lab = None
        waiting, self._inbox, self._parked = [*self._inbox, *self._parked], [], []
        for message, answered in waiting:
            self._answer(message, answered, httpx2.ReadError("the connection was reset"))

    def crash(self, seconds: float) -> None:
        """It is gone for so long."""
        self.stop()
        self.world.trouble(seconds)
        self.world.note(f"server is away for {seconds:.1f} s")
        self.world.after(seconds, lambda: self.lab or self.start())

    def jump(self, seconds: float) -> None:
        """Somebody sets its clock."""
        self.terms.was_set_back |= seconds < 0
        self.clock.forward(seconds)

    def _move_clock(self) -> None:
        self.clock.forward(self.world.now - self._behind)
        self._behind = self.world.now

    def _sweep(self) -> None:
        self.world.after(SWEEP_SECONDS, self._sweep)
        if self.lab is None:
            return
        self._draw("sweep")
        self._move_clock()
        before = self.terms.last_seen()
        with suppress(DatabaseUnavailable):
            if expired := self._within(self.lab.service.sweep()):
                self.world.note(f"{expired} leases expired")
        self.terms.swept(before)
        for lease in self.terms.expired:
            self.on_expired(lease)
        if self.world.chance(LOOKS):
            self.accounts.look()
        self._bury()

    # What it is asked

    def arrive(self, message: Message, answered: Callable[[], None]) -> None:
        """A request has come in; those that come in at about the same time may share a transaction."""
        if self.lab is None:
            self._answer(message, answered, httpx2.ConnectError("nobody listens"))
            return
        if not self._inbox:
            self.world.after(0.1 if self.world.chance(0.2) else 0.0, self._serve)
        self._inbox.append((message, answered))

    def _serve(self) -> None:
        inbox, self._inbox = self._inbox, []
        for together, group in groupby(inbox, key=lambda entry: entry[0].verb in ("ask", "report", "tell")):
            entries = list(group)
            for part in [entries] if together else [[entry] for entry in entries]:
                self._carry_out(part)

    def _carry_out(self, entries: list[tuple[Message, Callable[[], None]]]) -> None:
        if self.lab is None:
            answers: list[Any] = [httpx2.ConnectError("nobody listens")] * len(entries)
        else:
            if entries[0][0].verb != "look":
                self._draw("+".join(sorted({message.verb for message, _ in entries})))
            if len(entries) > 1:
                self.world.counts["together", str(len(entries))] += 1
            answers = self._within(self._all([message for message, _ in entries]))
        dead = self.database.is_gone
        for (message, answered), answer in zip(entries, answers, strict=True):
            if message.verb == "renew" and not isinstance(answer, Exception) and answer[0] == 200:
                self.terms.renewed(answer[1])
            if message.verb == "ask" and len(entries) == 1 and not isinstance(answer, Exception) and answer[0] == 200:
                self.accounts.asked(answer[1])
            if not dead and self._may_wait(message, answer):
                if not self._parked:
                    self.world.after(LOOK_SECONDS, self._look_again)
                self._parked.append((message, answered))
            else:
                self._answer(message, answered, httpx2.ReadError("reset") if dead else answer)
        self._bury()

    async def _all(self, messages: list[Message]) -> list[Any]:
        assert self.lab is not None
        if len(messages) == 1:
            return [await self._one(messages[0])]
        self.database.passing = 1  # that which holds the others up
        async with gathering(self.lab):
            tasks = [asyncio.ensure_future(self._one(message)) for message in messages]
            await asyncio.sleep(0)
        return list(await asyncio.gather(*tasks))

    def _within(self, coroutine: Any) -> Any:
        self._move_clock()
        return self.wait_for(coroutine)

    def _draw(self, verb: str) -> None:
        if self.is_faulty and self.world.chance(SHARE):
            self.database.fault = self.world.random.choice(COMMIT_FAULTS)
            self.world.fault(self.database.fault, verb)

    def _bury(self) -> None:
        self.database.fault = None
        if self.database.is_gone:
            self.crash(self.world.between(0.1, 30.0 if self.world.chance(0.3) else 3.0))

    def _answer(self, message: Message, answered: Callable[[], None], answer: Any) -> None:
        message.answer = answer
        answered()

    def _may_wait(self, message: Message, answer: Any) -> bool:
        """Whether it is an ask that found nothing and still has time."""
        if message.verb != "ask" or message.until <= self.world.now or answer[0] != 200:
            return False
        asked = verbs.Asked.model_validate_json(answer[1])
        return not asked.leases and not asked.finished

    def _look_again(self) -> None:
        parked, self._parked = self._parked, []
        for message, answered in parked:
            self.arrive(message, answered)

    # As the API does it

    async def _one(self, message: Message) -> tuple[int, bytes]:
        try:
            answer, status = await self._route(message), 200
        except ValidationError as error:
            refused = InvalidInput(fields=field_errors(error.errors(include_url=False), {}))
            answer, status = _problem(refused), 422
        except HpsearchError as error:
            answer, status = _problem(error), int(status_of(type(error)))
        return status, answer.model_dump_json().encode()

    async def _route(self, message: Message) -> Any:
        assert self.lab is not None
        service, body = self.lab.service, message.body
        match message.method, message.path.strip("/").split("/"):
            case "POST", ["ask"]:
                ask = verbs.Ask.model_validate_json(body)
                return await service.ask(ask.model_copy(update={"wait_seconds": 0.0}))
            case "POST", ["report"]:
                return await service.report(verbs.Report.model_validate_json(body))
            case "POST", ["tell"]:
                return await service.tell(verbs.Tell.model_validate_json(body))
            case "POST", ["renew"]:
                return await service.renew(verbs.Renew.model_validate_json(body))
            case "GET", ["studies", name]:
                return await service.get_study(name)
            case "PATCH", ["studies", name]:
                return await service.patch_study(name, bodies.StudyPatch.model_validate_json(body), WHO)
            case "POST", ["studies", name, "enqueue"]:
                return await service.enqueue(name, bodies.Enqueue.model_validate_json(body), WHO)
            case "POST", ["studies", name, "trials", number, "cancel"]:
                return await service.cancel_trial(name, int(number), WHO)
            case _:
                raise AssertionError(message)


def _problem(error: HpsearchError) -> Problem:
    fields = [{"field": one.field, "message": one.message} for one in error.fields]
    status = int(status_of(type(error)))
    return Problem.model_validate(
        {"title": error.code, "status": status, "code": error.code, "detail": error.message, "fields": fields}
    )
