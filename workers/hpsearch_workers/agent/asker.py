"""The thread that asks for trials, as many as the trainers want."""

import threading
import time
import uuid
from dataclasses import dataclass
from typing import Protocol

import structlog

from hpsearch.client import Client
from hpsearch.errors import (
    HostNotAllowed,
    HpsearchError,
    InvalidInput,
    ProtocolError,
    RequestIdReused,
    StudyNotFound,
    Unauthorized,
)
from hpsearch.validation import parse
from hpsearch.wire.base import MAX_ITEMS
from hpsearch.wire.verbs import Ask, Asked
from hpsearch_workers.agent.backoff import Backoff
from hpsearch_workers.agent.spool import Spool

log = structlog.get_logger("hpsearch.worker")

WAIT_SECONDS = 10.0
"""How long the server may hold an ask while there is nothing to grant."""
PAUSE_SECONDS = 1.0
"""Least time between two asks of which the first was granted nothing."""
FIRST_WAIT = 0.5
MOST_WAIT = 20.0
"""Seconds between two tries while the server is away."""

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 3


class CannotWork(Exception):
    """The worker ends, with this exit code: trying again would not help."""

    def __init__(self, exit_code: int, message: str) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class Lanes(Protocol):
    """Where trials go."""

    def wait_for_room(self) -> int:
        """Waits until trainers want trials and all results are delivered or kept; how many they want, 0 when the worker ends."""

    def take(self, asked: Asked) -> None:
        """Runs what was granted, or gives it back when the worker ends."""

    def finished(self) -> bool:
        """Told when every study asked for is finished; whether to end."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a worker on this host asks for: trials of these studies (any without them) whose objective is one of these."""

    worker: str
    host: str
    studies: tuple[str, ...] | None
    objectives: tuple[str, ...]
    until_finished: bool

    def check(self) -> None:
        """Raises InvalidInput that names what no server would take."""
        fields = {"worker": self.worker, "host": self.host, "studies": self.studies, "objectives": self.objectives}
        parse(Ask, {**fields, "request_id": "check"})

    def ask(self, count: int) -> Ask:
        """A new request, for as many of `count` as one may be for."""
        return Ask(
            worker=self.worker,
            request_id=uuid.uuid4().hex,
            count=min(count, MAX_ITEMS),
            studies=self.studies,
            objectives=self.objectives,
            wait_seconds=WAIT_SECONDS,
            host=self.host,
        )


class Asker:
    """Keeps each request before it is sent, and repeats it until it is answered: no lease is granted that nobody knows of."""

    def __init__(self, client: Client, spool: Spool, wish: Wish, lanes: Lanes, stop: threading.Event) -> None:
        self._client = client
        self._spool = spool
        self._wish = wish
        self._lanes = lanes
        self._stop = stop
        self._backoff = Backoff(FIRST_WAIT, MOST_WAIT)
        self._was_answered = False

    def run(self) -> None:
        """Asks until `stop` is set or all is finished; raises CannotWork where trying again would not help."""
        left = self._spool.unanswered_ask()
        if left is not None:
            self._ask(left.model_copy(update={"wait_seconds": 0.0}))
        while not self._stop.is_set():
            room = self._lanes.wait_for_room()
            if room == 0:
                return
            begin = time.monotonic()
            asked = self._ask(self._wish.ask(room))
            if asked is not None and asked.finished and not asked.leases and self._lanes.finished():
                return
            if asked is None or not asked.leases:
                self._stop.wait(max(0.0, begin + PAUSE_SECONDS - time.monotonic()))

    def settle(self) -> None:
        """At the end: finds out what an ask that is still under way was granted, so that it is given back; raises HpsearchError."""
        left = self._spool.unanswered_ask()
        if left is not None:
            self._keep(self._client.ask(left.model_copy(update={"wait_seconds": 0.0})))

    def _ask(self, ask: Ask) -> Asked | None:
        self._spool.asking(ask)
        while not self._stop.is_set():
            try:
                asked = self._client.ask(ask)
            except (RequestIdReused, StudyNotFound, InvalidInput) as error:
                self._spool.hold({})  # nothing was granted, and a repeat would not be either
                self._refused(error)
                return None
            except HpsearchError as error:
                self._failed(error)
            else:
                if self._backoff.is_failing:
                    log.info("the server answers again")
                self._backoff.succeeded()
                self._was_answered = True
                self._keep(asked)
                return asked
        return None

    def _keep(self, asked: Asked) -> None:
        self._spool.hold({lease.lease: f"{lease.study}/{lease.trial}" for lease in asked.leases})
        self._lanes.take(asked)

    def _refused(self, error: HpsearchError) -> None:
        if isinstance(error, InvalidInput):
            raise CannotWork(EXIT_USAGE, f"the server refuses what this worker asks for: {error}")
        if isinstance(error, StudyNotFound) and self._wish.until_finished:
            raise CannotWork(EXIT_NOT_FOUND, str(error))
        log.warning("the server refuses to give trials; asking again", error=str(error))
        self._stop.wait(self._backoff.failed())

    def _failed(self, error: HpsearchError) -> None:
        if isinstance(error, Unauthorized | HostNotAllowed | ProtocolError) and not self._was_answered:
            raise CannotWork(EXIT_FAILURE, str(error))
        if not self._backoff.is_failing:
            log.warning("no trials can be asked for now; asking again", error=str(error))
        self._stop.wait(self._backoff.failed(error.retry_after))
