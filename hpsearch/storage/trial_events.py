"""The history of one trial: every change of it, with who, when, and by which attempt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, select, tuple_

from hpsearch.storage.tables import attempts, events
from hpsearch.trial import End

_ERRORS = (End.FAILED.value, End.FATAL.value)
"""Causes of changes that an error of the attempt explains."""


@dataclass(frozen=True, slots=True)
class TrialEvent:
    """One change; its place in the study's history is (seq, position).

    `host` is that of the attempt, `reason` its error's where the change is that it failed.
    """

    seq: int
    position: int
    attempt: int | None
    from_state: str | None
    to_state: str | None
    cause: str
    who: str
    at: datetime
    host: str | None
    reason: str | None


def trial_events(
    connection: Connection, study_id: int, trial: int, after: tuple[int, int], limit: int
) -> list[TrialEvent]:
    """The changes after this place, in their order."""
    fields: list[Any] = [events.c[name] for name in TrialEvent.__dataclass_fields__ if name in events.c]
    fields += [attempts.c.host, case((events.c.cause.in_(_ERRORS), attempts.c.error["reason"].as_string()))]
    of_it = and_(
        attempts.c.study_id == events.c.study_id,
        attempts.c.trial == events.c.trial,
        attempts.c.number == events.c.attempt,
    )
    query = (
        select(*fields)
        .join_from(events, attempts, of_it, isouter=True)
        .where(
            events.c.study_id == study_id,
            events.c.trial == trial,
            tuple_(events.c.seq, events.c.position) > after,
        )
    )
    rows = connection.execute(query.order_by(events.c.seq, events.c.position).limit(limit))
    return [TrialEvent(*row) for row in rows]
