"""A study's own history: which state it was in, and when."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime

from hpsearch.service.verify.violation import Invariant
from hpsearch.storage.audit import StoredEvent, StudyRecord
from hpsearch.study import StudyState

DELETED = "deleted"
_RULES: dict[str | None, set[str | None]] = {
    None: {StudyState.ACTIVE.value},
    StudyState.ACTIVE.value: {StudyState.PAUSED.value, StudyState.FINISHED.value, None},
    StudyState.PAUSED.value: {StudyState.ACTIVE.value, StudyState.FINISHED.value, None},
    StudyState.FINISHED.value: {StudyState.ACTIVE.value, None},
}


class Timeline:
    """The states of a study by their place in its history."""

    def __init__(self, events: Sequence[StoredEvent]) -> None:
        self._events = events
        self._places = [event.place for event in events]

    def earliest(self, moment: datetime, seq: int, trial: Sequence[StoredEvent]) -> datetime:
        """The least that the clock has shown since this moment, which was written under this seq: the moment itself, unless it was set back.

        The study's own events and those of a trial show it: also where the clock went ahead and back again between two sweeps.
        """
        return min((moment, *(event.at for event in (*self._events, *trial) if event.seq > seq)))

    def before(self, place: tuple[int, int]) -> str:
        """The state just before this place; `deleted`, or `not created`, where it had none."""
        at = bisect_left(self._places, place)
        return (self._events[at - 1].after or DELETED) if at else "not created"


def check_history(record: StudyRecord) -> Iterator[tuple[Invariant, int | None, str]]:
    """Whether a study only moved as it may, and is where its history ends."""
    state: str | None = None
    deleted = False
    for event in record.history:
        if deleted:
            yield Invariant.I3, event.seq, f"{event.cause} after it was deleted"
        elif event.before != state:
            yield Invariant.I3, event.seq, f"went from {event.before} to {event.after}, but it was {state}"
        elif event.after not in _RULES.get(state, ()) and (event.before is None or event.after != event.before):
            yield Invariant.I3, event.seq, f"no rule leads from {state} to {event.after}"
        deleted = event.after is None
        state = event.after or state
    account = record.account
    if state != account.state:
        yield Invariant.I3, account.seq, f"is {account.state.value}, but its history ends in {state}"
    if deleted != (account.deleted_at is not None):
        yield Invariant.I3, account.seq, "is deleted or not, against its history"
    if record.sums.events != record.sums.places:
        missing = record.sums.places - record.sums.events
        yield Invariant.I3, None, f"its history lacks {missing} events"
