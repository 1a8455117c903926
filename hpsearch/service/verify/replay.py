"""A trial's history carried out again, one event after the other, by the rules of hpsearch.trial."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hpsearch.service.verify.timeline import Timeline
from hpsearch.service.verify.violation import Invariant
from hpsearch.storage.audit import StoredEvent
from hpsearch.study import StudyState
from hpsearch.trial import FINAL, TRANSITIONS, End, TrialState

REOPENED = "reopened"
_RULES = {before: {state.value for state in after} for before, after in TRANSITIONS.items()}

Finding = tuple[Invariant, int | None, int | None, str]
"""Invariant, attempt, seq, message."""


@dataclass(slots=True)
class Tried:
    """What history says of one attempt: from which seq to which it could write (None: still), and how it ended last."""

    spans: list[tuple[int, int | None]] = field(default_factory=list)
    end: str | None = None
    led_to: str | None = None
    worker: str | None = None
    """To whom it was granted."""

    def could_write(self, seq: int) -> bool:
        """Whether it was open at some moment of this seq."""
        return any(first <= seq and (last is None or seq <= last) for first, last in self.spans)


class Replay:
    """The state of a trial after the events that were fed, and what was wrong with them."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.state: str | None = None
        self.attempts: dict[int, Tried] = {}
        self.first: StoredEvent | None = None
        self.last: StoredEvent | None = None

    @property
    def latest(self) -> int:
        """Number of the latest attempt; 0 before the first."""
        return max(self.attempts, default=0)

    def feed(self, event: StoredEvent) -> Iterator[Finding]:
        """Goes on by one event; events that move nothing (an opening of the test data) are passed over."""
        if event.before is None and event.after is None:
            return
        yield from self._transition(event)
        if event.after == TrialState.RUNNING:
            yield from self._begin(event)
        elif event.before == TrialState.RUNNING:
            yield from self._end(event)
        self.state = event.after
        self.first = self.first or event
        self.last = event

    def _transition(self, event: StoredEvent) -> Iterator[Finding]:
        known = self.state if self.state is not None else "nothing"
        if self.state in FINAL:
            yield Invariant.I3, event.attempt, event.seq, f"left the final state {known} for {event.after}"
        elif event.before != self.state:
            yield (
                Invariant.I3,
                event.attempt,
                event.seq,
                f"went from {event.before} to {event.after}, but it was {known}",
            )
        elif event.after not in _RULES.get(_state(event.before), ()):
            yield Invariant.I3, event.attempt, event.seq, f"no rule leads from {known} to {event.after}"

    def _begin(self, event: StoredEvent) -> Iterator[Finding]:
        number = event.attempt or 0
        if event.cause == REOPENED:
            tried = self.attempts.setdefault(number, Tried())
            if number != self.latest:
                yield Invariant.I2, number, event.seq, f"was reopened after attempt {self.latest} had begun"
            if tried.end != End.EXPIRED:
                yield Invariant.I3, number, event.seq, f"was reopened, but it had not expired: its end was {tried.end}"
            tried.end = None
        else:
            if number != self.latest + 1:
                yield Invariant.I1, number, event.seq, f"began after attempt {self.latest}"
            state = self._timeline.before(event.place)
            if state != StudyState.ACTIVE:
                yield Invariant.I3, number, event.seq, f"was granted while the study was {state}"
            tried = self.attempts.setdefault(number, Tried())
            tried.worker = event.who
        tried.spans.append((event.seq, None))

    def _end(self, event: StoredEvent) -> Iterator[Finding]:
        number = event.attempt or 0
        if number != self.latest:
            yield Invariant.I2, number, event.seq, f"ended the trial, but attempt {self.latest} was the latest"
        if event.cause not in set(End):
            yield Invariant.I3, number, event.seq, f"no attempt ends by {event.cause!r}"
        tried = self.attempts.setdefault(number, Tried())
        tried.end, tried.led_to = event.cause, event.after
        if tried.spans:
            tried.spans[-1] = (tried.spans[-1][0], event.seq)


def _state(word: str | None) -> TrialState | None:
    return TrialState(word) if word in set(TrialState) else None
