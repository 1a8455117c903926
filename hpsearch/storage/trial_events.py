"""The history of one trial: every change of it, with who, when, and by which attempt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from hpsearch.storage.tables import events


@dataclass(frozen=True, slots=True)
class TrialEvent:
    """One change; its place in the study's history is (seq, position)."""

    seq: int
    position: int
    attempt: int | None
    from_state: str | None
    to_state: str | None
    cause: str
    who: str
    at: datetime


def trial_events(
    connection: Connection, study_id: int, trial: int, after: tuple[int, int], limit: int
) -> list[TrialEvent]:
    """The changes after this place, in their order."""
    fields = [events.c[name] for name in TrialEvent.__dataclass_fields__]
    query = select(*fields).where(
        events.c.study_id == study_id,
        events.c.trial == trial,
        tuple_(events.c.seq, events.c.position) > after,
    )
    rows = connection.execute(query.order_by(events.c.seq, events.c.position).limit(limit))
    return [TrialEvent(*row) for row in rows]
