"""The thread that takes results from the trainings, keeps them on disk, and delivers them."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from hpsearch.errors import HpsearchError
from hpsearch_workers.agent.backoff import Backoff
from hpsearch_workers.agent.delivery import Delivery
from hpsearch_workers.agent.spool import Item, Spool

log = structlog.get_logger("hpsearch.worker")

FIRST_WAIT = 0.5
MOST_WAIT = 20.0
"""Seconds between two tries while the server is away."""


class Courier:
    """Takes items from any thread, and keeps each before it is sent, while the server is away too.

    What comes while a request is on its way goes with the next one: batches grow with the load.
    """

    def __init__(self, spool: Spool, delivery: Delivery, clock: Callable[[], float] = time.monotonic) -> None:
        self._spool = spool
        self._delivery = delivery
        self._clock = clock
        self._backoff = Backoff(FIRST_WAIT, MOST_WAIT)
        self._changed = threading.Condition()
        self._incoming: list[Item] = []
        self._stored = 1
        """Items that went to the spool so far; what an earlier worker left there counts for one."""
        self._delivered = 0
        """How many of them are known to have been delivered."""
        self._next_try = clock()
        self._stopping = False

    def put(self, items: Sequence[Item]) -> None:
        """Takes items for delivery."""
        with self._changed:
            self._incoming += items
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Waits until everything put before is delivered; False when the server cannot take it now, or after so long.

        What others put meanwhile is not waited for: many trainings together hardly ever pause.
        """
        with self._changed:
            wanted = self._stored + len(self._incoming)
            self._changed.wait_for(lambda: self._delivered >= wanted or self._clock() < self._next_try, seconds)
            return self._delivered >= wanted

    def hurry(self) -> None:
        """What waits after a failure is tried again at once: the worker ends, and has no later."""
        with self._changed:
            self._next_try = self._clock()
            self._changed.notify_all()

    def stop(self) -> None:
        """Ends `run` soon. What was put before is on disk when this returns."""
        with self._changed:
            self._stopping = True
            self._store()
            self._changed.notify_all()

    def run(self) -> None:
        """Keeps and delivers until `stop`. An error here means that results cannot be kept: it is raised."""
        while not self._stopping:
            with self._changed:
                while not (self._incoming or self._stopping or self._is_due()):
                    self._changed.wait(self._next_try - self._clock() if self._delivered < self._stored else None)
                self._store()
            if self._is_due():
                self._deliver()

    def _store(self) -> None:
        if self._incoming:
            self._spool.add(self._incoming)
            self._stored += len(self._incoming)
            self._incoming = []

    def _deliver(self) -> None:
        stored = self._stored
        try:
            delivered = self._delivery.round()
            failure = None
        except HpsearchError as error:
            delivered, failure = False, error
        with self._changed:
            if failure is not None and not self._backoff.is_failing:
                log.warning("results cannot be delivered now; they are kept", error=str(failure))
            if delivered:
                if self._backoff.is_failing:
                    log.info("results are delivered again")
                self._backoff.succeeded()
                self._delivered = stored
            else:
                self._next_try = self._clock() + self._backoff.failed(failure.retry_after if failure else None)
            self._changed.notify_all()

    def _is_due(self) -> bool:
        return self._delivered < self._stored and self._clock() >= self._next_try
