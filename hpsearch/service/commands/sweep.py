"""Sweep: the service notes that it is alive, expires leases, and counts the seconds of active studies."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from hpsearch.service import life
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import AttemptKey, pulse
from hpsearch.trial import End

TICK_SECONDS = 5.0
"""Time between two sweeps of a process; only one of all processes gets to do each."""


class Sweep(Command[int]):
    """The only thing that expires leases. Returns how many it did."""

    alone: ClassVar[bool] = True

    def __init__(self, term: timedelta) -> None:
        self._term = term
        self._beat: pulse.Pulse | None = None
        self._active: list[int] = []
        self._expired: list[AttemptKey] = []

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Takes the service's lock, if it is free, and looks which leases are over."""
        ledger = batch.ledger
        self._beat = pulse.beat(ledger.database, ledger.connection, self._term)
        if self._beat is None:
            return ()
        self._active = pulse.active_studies(ledger.connection)
        self._expired = pulse.expired(ledger.connection, self._beat)
        return {*self._active, *(key[0] for key in self._expired)}

    def run(self, batch: Batch) -> int:
        """Looks again under the locks: a lease may have been renewed meanwhile."""
        if self._beat is None:
            return 0
        ledger = batch.ledger
        ledger.lock_attempts(self._expired)
        ledger.load_trials(key[:2] for key in self._expired)
        over = [attempt for attempt in map(ledger.attempt_at, self._expired) if attempt.is_open]
        over = [attempt for attempt in over if self._beat.expires(attempt.expires_at)]
        for attempt in over:
            life.end_attempt(ledger, ledger.latest(attempt), life.Ending(End.EXPIRED, life.SYSTEM))
        for study_id in self._active:
            self._count_seconds(batch, study_id, self._beat.seconds)
        return len(over)

    @staticmethod
    def _count_seconds(batch: Batch, study_id: int, seconds: float) -> None:
        study = batch.ledger.study(study_id)
        if not study.is_active or not seconds:
            return
        batch.ledger.put_study(replace(study, active_seconds=study.active_seconds + seconds))
        life.settle(batch.ledger, study_id)
