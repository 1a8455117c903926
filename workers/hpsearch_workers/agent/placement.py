"""Which leases the trainers hold, and which wait for one."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import structlog

from hpsearch.trial import Decision
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.suspects import Suspects, Trial

log = structlog.get_logger("hpsearch.worker")


class Place(Protocol):
    """A trainer, as far as it holds leases."""

    @property
    def number(self) -> int:
        """Its number among the worker's."""

    @property
    def room(self) -> int:
        """How many leases it wants besides those it holds."""

    def run(self, lease: Lease, work: Work) -> bool:
        """Gives it a lease; False when it cannot take one at the moment."""

    def decide(self, lease: str, decision: Decision, reason: str | None) -> None:
        """Tells it what the server wants of a lease."""

    def free(self, lease: str) -> None:
        """Makes room: this lease has ended."""


class Placement:
    """Not thread-safe: its owner holds a lock, and hears from a place only under that lock what became of a lease."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = list(places)
        self._waiting: deque[tuple[Lease, Work]] = deque()
        self._running: dict[str, tuple[Lease, Place]] = {}
        self._steps: dict[str, int] = {}
        """By lease that runs, the last step that was reported."""
        self._suspects = Suspects()

    @property
    def running(self) -> list[str]:
        """The leases that trainers hold."""
        return list(self._running)

    @property
    def training(self) -> dict[str, list[tuple[int, int]]]:
        """By study, what trainers hold: number of the trial, and the last step that it reported, 0 before the first."""
        found: dict[str, list[tuple[int, int]]] = {}
        for token, (lease, _) in self._running.items():
            found.setdefault(lease.study, []).append((lease.trial, self._steps.get(token, 0)))
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not (self._running or self._waiting)

    @property
    def room(self) -> int:
        """How many leases to ask for; none while one waits."""
        if self._waiting:
            return 0
        return sum(min(place.room, self._suspects.limit(held) - len(held)) for place, held in self._held())

    def add(self, lease: Lease, work: Work) -> None:
        """A lease that was granted; it starts as soon as there is room."""
        self._waiting.append((lease, work))
        self.dispatch()

    def dispatch(self) -> None:
        """Starts what waits, in order, as far as there is room: while the first cannot start, the others wait too."""
        while self._waiting:
            lease, work = self._waiting[0]
            place = self._place_for(_trial(lease))
            if place is None or not place.run(lease, work):
                return  # a place that died since says so when it is up again
            self._waiting.popleft()
            self._running[lease.lease] = (lease, place)
            log.info("trial starts", trial=f"{lease.study}/{lease.trial}", attempt=lease.attempt, trainer=place.number)

    def reported(self, lease: str, step: int) -> None:
        """How far a lease is."""
        if lease in self._running:
            self._steps[lease] = step

    def ended(self, lease: str) -> bool:
        """A lease has come to its end by itself; whether a trainer held it, as far as is known here."""
        if lease not in self._running:
            return False
        held, place = self._take(lease)
        self._suspects.ended(_trial(held))
        place.free(lease)
        return True

    def died(self, leases: Sequence[str]) -> list[str]:
        """A trainer's process has died with these; those that it held, as far as is known here."""
        known = [lease for lease in leases if lease in self._running]
        self._suspects.died([_trial(self._take(lease)[0]) for lease in known])
        return known

    def decide(self, lease: str, decision: Decision, reason: str | None) -> bool:
        """What the server wants of a lease; True where it waited, and is taken out: its owner gives it back."""
        if lease in self._running:
            self._running[lease][1].decide(lease, decision, reason)
        for entry in self._waiting:
            if entry[0].lease == lease:
                self._waiting.remove(entry)
                return True
        return False

    def take_waiting(self) -> list[str]:
        """Takes out what waits, to be given back."""
        leases = [lease.lease for lease, _ in self._waiting]
        self._waiting.clear()
        return leases

    def take_running(self) -> list[str]:
        """Takes out what runs, to be given back."""
        leases = self.running
        for lease in leases:
            self._take(lease)
        return leases

    def _take(self, lease: str) -> tuple[Lease, Place]:
        self._steps.pop(lease, None)
        return self._running.pop(lease)

    def _held(self) -> list[tuple[Place, list[Trial]]]:
        return [
            (place, [_trial(lease) for lease, holder in self._running.values() if holder is place])
            for place in self._places
        ]

    def _place_for(self, trial: Trial) -> Place | None:
        """The place with the most room, of those whose company the trial may join."""
        free = [
            place for place, held in self._held() if place.room > 0 and len(held) < self._suspects.limit([*held, trial])
        ]
        return max(free, key=lambda place: place.room, default=None)


def _trial(lease: Lease) -> Trial:
    return lease.study, lease.trial
