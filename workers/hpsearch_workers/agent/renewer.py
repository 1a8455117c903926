"""The thread that renews the leases, whatever the trainings and the other threads do."""

import threading
from collections.abc import Callable

import structlog

from hpsearch.client import Client
from hpsearch.errors import HpsearchError
from hpsearch.trial import Decision
from hpsearch.wire.status import WorkerStatus
from hpsearch_workers.agent.delivery import Decided
from hpsearch_workers.agent.spool import Spool

log = structlog.get_logger("hpsearch.worker")

FIRST_INTERVAL = 30.0
"""Seconds between renewals until the server has said how many."""
RETRIES_IN_INTERVAL = 6
"""A renewal that failed is tried again this many times as often."""


class Renewer:
    """Renews what the spool holds, and tells the worker's status, until `stop` is set."""

    def __init__(
        self,
        client: Client,
        worker: str,
        spool: Spool,
        status: Callable[[], WorkerStatus],
        decided: Decided,
        stop: threading.Event,
    ) -> None:
        self._interval = FIRST_INTERVAL
        self._changed = threading.Event()
        self._client = client
        self._worker = worker
        self._spool = spool
        self._status = status
        self._decided = decided
        self._stop = stop

    def renew_every(self, seconds: float) -> None:
        """What the server asks for; a change holds at once."""
        if seconds != self._interval:
            self._interval = seconds
            self._changed.set()

    def run(self) -> None:
        """Renews at once, and then as often as the server asks for."""
        failing = False
        while not self._stop.is_set():
            self._changed.clear()
            wait = self._interval
            try:
                self._renew()
            except HpsearchError as error:
                # Later than an interval would cost the leases: a server that wants fewer requests names a longer one.
                wait = min(max(self._interval / RETRIES_IN_INTERVAL, error.retry_after or 0.0), self._interval)
                if not failing:
                    log.warning("leases cannot be renewed now; the trainings go on", error=str(error))
                failing = True
            else:
                failing = False
            self._changed.wait(wait)

    def _renew(self) -> None:
        status = self._status().model_dump(mode="json", exclude_none=True)
        for item in self._client.renew(self._worker, self._spool.held(), status).items:
            if item.code == "lease_unknown":
                self._spool.set_aside(item.lease)
            elif item.decision is Decision.LOST:
                self._spool.forget(item.lease)
            if item.decision is not Decision.CONTINUE:
                self._decided(item.lease, item.decision, item.reason)
