"""The history of a study, and of one trial: every change, with who, when, and by which attempt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, select, tuple_

from hpsearch.storage.tables import attempts, events
from hpsearch.trial import End

_ERRORS = (End.FAILED.value, End.FATAL.value)
"""Causes of changes that an error of the attempt explains."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One change; its place in the study's history is (seq, position). Without a trial it is about the study.

    `host` is that of the attempt, `reason` its error's where the change is that it failed.
    """

    seq: int
    position: int
    trial: int | None
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
) -> list[StoredEvent]:
    """The changes of a trial after this place, in their order."""
    query = _QUERY.where(events.c.study_id == study_id, events.c.trial == trial, after < _PLACE)
    return _found(connection, query.order_by(events.c.seq, events.c.position).limit(limit))


def events_after(connection: Connection, study_id: int, seq: int, limit: int) -> list[StoredEvent]:
    """The changes of a study and its trials after this seq, in their order."""
    query = _QUERY.where(events.c.study_id == study_id, events.c.seq > seq)
    return _found(connection, query.order_by(events.c.seq, events.c.position).limit(limit))


def events_before(
    connection: Connection, study_id: int, before: tuple[int, int] | None, limit: int
) -> list[StoredEvent]:
    """The changes of a study and its trials before this place, the newest first; from the end without a place."""
    query = _QUERY.where(events.c.study_id == study_id)
    if before is not None:
        query = query.where(events.c.seq <= before[0], before > _PLACE)
    return _found(connection, query.order_by(events.c.seq.desc(), events.c.position.desc()).limit(limit))


def _query() -> Select[Any]:
    fields: list[Any] = [events.c[name] for name in StoredEvent.__dataclass_fields__ if name in events.c]
    fields += [attempts.c.host, case((events.c.cause.in_(_ERRORS), attempts.c.error["reason"].as_string()))]
    of_it = and_(
        attempts.c.study_id == events.c.study_id,
        attempts.c.trial == events.c.trial,
        attempts.c.number == events.c.attempt,
    )
    return select(*fields).join_from(events, attempts, of_it, isouter=True)


_QUERY = _query()
_PLACE = tuple_(events.c.seq, events.c.position)


def _found(connection: Connection, query: Select[Any]) -> list[StoredEvent]:
    return [StoredEvent(*row) for row in connection.execute(query)]
