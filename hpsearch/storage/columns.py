"""Trials as columns, as charts and spreadsheets want them: chosen ones, of all trials or of those that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from sqlalchemy import BigInteger, ColumnElement, Connection, Text, cast, func, or_, select, type_coerce

from hpsearch.storage.tables import attempts, studies, trials

Column = list[Any]
MICROSECONDS = 1e6

PLAIN = (
    "number", "state", "reason", "enqueued", "best_step", "last_step", "attempts", "errors", "expiries", "releases", "seq"
)  # fmt: skip
"""Columns that are read as they are stored."""
TIMES = ("created_at", "started_at", "finished_at")
"""Columns that are read as seconds since 1970 UTC: charts reckon with them."""
DOCUMENTS = ("params", "values", "metrics")
"""Columns of JSON; all texts of one are decoded at once, which takes a fifth of the time."""
ERROR = "error"
"""The column of the reasons of errors."""
DEVICE_SECONDS = "device_seconds"
"""The column that adds up what the attempts of a trial used."""

_DEVICE_SECONDS = (
    select(func.sum(attempts.c.device_seconds))
    .where(attempts.c.study_id == trials.c.study_id, attempts.c.trial == trials.c.number)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far the changes of a study were read: all before `seq`, and of it the trials up to `number`."""

    seq: int = -1
    number: int = -1


@dataclass(frozen=True, slots=True)
class Block:
    """Trials in the order of their last change; the columns are equally long. `seq` is the study's at that moment.

    `following` is where to read on, None when there is no more: the columns and all before them are then as of `seq`.
    """

    columns: dict[str, Column]
    seq: int
    following: Place | None


def read_block(connection: Connection, study_id: int, names: Sequence[str], after: Place, limit: int) -> Block:
    """Up to `limit` trials that changed after this place: so a reader that starts again from `seq` gets what changed, and that alone."""
    seq = connection.execute(select(studies.c.seq).where(studies.c.id == study_id)).scalar_one()
    query = (
        select(trials.c.seq, trials.c.number, *map(_read_as, names))
        .where(trials.c.study_id == study_id, trials.c.seq >= after.seq)
        .where(or_(trials.c.seq > after.seq, trials.c.number > after.number))
        .order_by(trials.c.seq, trials.c.number)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    _, _, *found = zip(*rows, strict=True) if rows else ((),) * (2 + len(names))
    columns = {name: _decoded(name, column) for name, column in zip(names, found, strict=True)}
    return Block(columns, seq, Place(*rows[-1][:2]) if len(rows) == limit else None)


def _read_as(name: str) -> ColumnElement[Any]:
    if name in DOCUMENTS:
        return cast(trials.c[name], Text)
    if name == ERROR:
        reason: ColumnElement[Any] = trials.c.error["reason"].as_string()
        return reason
    if name == DEVICE_SECONDS:
        return _DEVICE_SECONDS
    return type_coerce(trials.c[name], BigInteger) if name in TIMES else trials.c[name]


def _decoded(name: str, column: Sequence[Any]) -> Column:
    if name in DOCUMENTS:
        found: Column = from_json(f"[{','.join('null' if text is None else text for text in column)}]")
        return found
    if name in TIMES:
        return [None if moment is None else moment / MICROSECONDS for moment in column]
    return list(column)
