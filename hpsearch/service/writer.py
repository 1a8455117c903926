"""Gathered commits: one thread carries out all commands that wait, in one transaction, and answers after the commit.

Renewals, which lock attempts alone, have transactions of their own, and take turns with all else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition, Event, Thread
from typing import Any, TypeVar

import structlog

from hpsearch.errors import DatabaseUnavailable, HpsearchError, InternalError
from hpsearch.service.commands.command import Again, Batch, Command
from hpsearch.storage import Database, DBAPIError, Ledger, WorkerKey
from hpsearch.storage.workers import note_workers

log = structlog.get_logger(__name__)

MOST_COMMANDS = 256
MOST_ITEMS = 4_000
"""Bounds of one transaction."""
TRIES = 5
"""Of a command alone in its transaction: it may lose against other replicas (a deadlock, the same ask at once)."""

Result = TypeVar("Result")


@dataclass(slots=True)
class _Waiting:
    command: Command[Any]
    future: asyncio.Future[Any]
    tries: int = 0


@dataclass(slots=True)
class _Outcome:
    waiting: _Waiting
    result: Any = None
    error: BaseException | None = None
    again: bool = False


class Writer:
    """Owns the one thread that writes. `on_work` is called in the loop after a commit that may be what a waiting ask waits for."""

    def __init__(self, database: Database, on_work: Callable[[], None]) -> None:
        self._database = database
        self._on_work = on_work
        self._loop = asyncio.get_running_loop()
        self._queues: tuple[deque[_Waiting], deque[_Waiting]] = (deque(), deque())
        self._renewed = False
        self._condition = Condition()
        self._idle = Event()
        self._closed = False
        self._thread = Thread(target=self._work, name="hpsearch-writer", daemon=True)
        self._thread.start()

    async def submit(self, command: Command[Result]) -> Result:
        """The command's result, after its transaction is committed; raises what it raised."""
        waiting = _Waiting(command, self._loop.create_future())
        with self._condition:
            if self._closed:
                raise DatabaseUnavailable("the server is shutting down")
            self._queues[command.renews].append(waiting)
            self._idle.clear()
            self._condition.notify()
        result: Result = await asyncio.shield(waiting.future)
        return result

    def let_pass(self, seconds: float) -> None:
        """Waits while commands are carried out, at most so long. For threads that compute: each step of a command would wait for them."""
        self._idle.wait(seconds)

    async def close(self) -> None:
        """Carries out what waits, then ends the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while batch := self._next():
            outcomes = self._carry_out(batch)
            repeated = [outcome.waiting for outcome in outcomes if outcome.again]
            with self._condition:
                self._queues[False].extendleft(reversed(repeated))
            self._loop.call_soon_threadsafe(self._answer, [outcome for outcome in outcomes if not outcome.again])

    def _next(self) -> list[_Waiting]:
        """The next commands of one kind; waits for one. Empty when the writer is closed and nothing waits."""
        with self._condition:
            while not any(self._queues) and not self._closed:
                self._idle.set()
                self._condition.wait()
            self._renewed = bool(self._queues[True]) and not (self._renewed and self._queues[False])
            queue = self._queues[self._renewed]
            batch: list[_Waiting] = []
            weight = 0
            while queue and len(batch) < MOST_COMMANDS:
                command = queue[0].command
                weight += command.weight
                if batch and (command.alone or batch[0].command.alone or weight > MOST_ITEMS):
                    break
                batch.append(queue.popleft())
            return batch

    def _carry_out(self, batch: list[_Waiting]) -> list[_Outcome]:
        """All in one transaction; if that fails, or its outcome is unknown, one by one: a bad neighbour harms nobody."""
        if len(batch) > 1:
            try:
                return self._transaction(batch)
            except Exception as error:
                log.info("batch_failed", commands=len(batch), error=repr(error))
        return [outcome for waiting in batch for outcome in self._alone(waiting)]

    def _alone(self, waiting: _Waiting) -> list[_Outcome]:
        for left in reversed(range(TRIES)):
            try:
                return self._transaction([waiting])
            except DatabaseUnavailable as error:
                if not left:
                    return [_Outcome(waiting, error=error)]
            except DBAPIError as error:
                if not left:
                    log.error("command_failed", command=type(waiting.command).__name__, exc_info=error)
                    return [_Outcome(waiting, error=InternalError("the database refused the change"))]
            except Exception as error:
                log.error("command_failed", command=type(waiting.command).__name__, exc_info=error)
                return [_Outcome(waiting, error=InternalError("the command failed"))]
        raise AssertionError

    def _transaction(self, batch: Sequence[_Waiting]) -> list[_Outcome]:
        with self._database.write() as connection:
            ledger = Ledger(self._database, connection)
            context = Batch(ledger)
            commands = [waiting.command for waiting in batch]
            _lock(ledger, context, commands)
            outcomes = [_run(context, waiting) for waiting in batch]
            has_work = ledger.changes.bring_work
            ledger.flush()
            if heard := _heard(commands):
                note_workers(connection, heard, ledger.now)
        if has_work:
            self._loop.call_soon_threadsafe(self._on_work)
        return outcomes

    @staticmethod
    def _answer(outcomes: list[_Outcome]) -> None:
        for outcome in outcomes:
            future = outcome.waiting.future
            if future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.result)


def _heard(commands: Sequence[Command[Any]]) -> dict[WorkerKey, Mapping[str, Any] | None]:
    """The workers, each with the last status that it told, if any."""
    heard: dict[WorkerKey, Mapping[str, Any] | None] = {}
    for command in commands:
        for worker, status in command.heard.items():
            heard[worker] = heard.get(worker) if status is None else status
    return heard


def _lock(ledger: Ledger, context: Batch, commands: Sequence[Command[Any]]) -> None:
    """Finds what the commands need, then takes the locks in their order: studies by id, attempts by key."""
    requests = [request for command in commands for request in command.requests]
    ledger.load_granted(requests)
    ledger.load_open_leases({request[:2] for request in requests})
    writes = [token for command in commands for token in command.tokens]
    located = ledger.locate(set(writes)) if writes else {}
    keys = [located[token] for token in writes if token in located]
    ids = {key[0] for key in keys}
    for command in commands:
        ids.update(command.prepare(context))
    ledger.lock_studies(ids)
    ledger.lock_attempts(located.values())
    ledger.load_trials(key[:2] for key in keys)


def _run(context: Batch, waiting: _Waiting) -> _Outcome:
    try:
        return _Outcome(waiting, result=waiting.command.run(context))
    except HpsearchError as error:
        return _Outcome(waiting, error=error)
    except Again:
        waiting.tries += 1
        if waiting.tries > TRIES:
            return _Outcome(waiting, error=InternalError("the studies change too fast"))
        return _Outcome(waiting, again=True)
