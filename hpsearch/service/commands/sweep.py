"""Sweep: the service notes that it is alive, expires leases, and counts the seconds of active studies."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from hpsearch.service import life
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import AttemptKey, Event, pulse
from hpsearch.trial import End

CLOCK_SET_BACK = "clock_set_back"
"""Cause of the event that tells readers of a history that its times do not only grow."""
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
        self._set_back: list[int] = []

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Takes the service's lock, if it is free, and looks which leases are over."""
        ledger = batch.ledger
        self._beat = pulse.beat(ledger.database, ledger.connection, self._term)
        if self._beat is None:
            return ()
        self._active = pulse.active_studies(ledger.connection)
        self._expired = pulse.expired(ledger.connection, self._beat)
        self._set_back = pulse.all_studies(ledger.connection) if self._beat.set_back else []
        return {*self._active, *self._set_back, *(key[0] for key in self._expired)}

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
        for study_id in self._set_back:
            _note_set_back(batch, study_id)
        return len(over)

    @staticmethod
    def _count_seconds(batch: Batch, study_id: int, seconds: float) -> None:
        study = batch.ledger.study(study_id)
        if not study.is_active or not seconds:
            return
        batch.ledger.put_study(replace(study, active_seconds=study.active_seconds + seconds))
        life.settle(batch.ledger, study_id)


def _note_set_back(batch: Batch, study_id: int) -> None:
    state = batch.ledger.study(study_id).state.value
    if not batch.ledger.is_deleted(study_id):
        batch.ledger.event(Event(study_id, None, None, state, state, CLOCK_SET_BACK, life.SYSTEM))
