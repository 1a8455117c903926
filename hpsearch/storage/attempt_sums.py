"""What the attempts of a study add up to, when they ran, and where its pruner stopped them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, func, literal, select, type_coerce

from hpsearch.storage.tables import attempts, reports
from hpsearch.study import Direction
from hpsearch.trial import Decision

_SECOND = 1e6  # microseconds
_STARTED = type_coerce(attempts.c.started_at, BigInteger)
_ENDED = type_coerce(attempts.c.ended_at, BigInteger)


@dataclass(frozen=True, slots=True)
class Spent:
    """Attempts that ended in one way, and what they took: on devices as workers told, and by the clock."""

    end: str | None
    count: int
    device_seconds: float
    seconds: float


def spent(connection: Connection, study_id: int) -> list[Spent]:
    """What the attempts of a study took, by how they ended; open ones, without an end, have no seconds yet."""
    query = (
        select(
            attempts.c.end,
            func.count(),
            func.coalesce(func.sum(attempts.c.device_seconds), 0.0),
            func.coalesce(func.sum(_ENDED - _STARTED), 0),
        )
        .where(attempts.c.study_id == study_id)
        .group_by(attempts.c.end)
        .order_by(attempts.c.end)
    )
    return [
        Spent(end, count, float(device_seconds), float(time) / _SECOND)
        for end, count, device_seconds, time in connection.execute(query)
    ]


def newest_attempts(connection: Connection, study_id: int, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Of the attempts of the newest trials: trial, number, worker, host, start and end in seconds since 1970, end, decision and reason."""
    query = (
        select(
            attempts.c.trial,
            attempts.c.number,
            attempts.c.worker,
            attempts.c.host,
            _STARTED / _SECOND,
            _ENDED / _SECOND,
            attempts.c.end,
            attempts.c.decision,
            func.coalesce(attempts.c.error["reason"].as_string(), attempts.c.decision_reason),
        )
        .where(attempts.c.study_id == study_id)
        .order_by(attempts.c.trial.desc(), attempts.c.number.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


@dataclass(frozen=True, slots=True)
class Rung:
    """How many trials came to a rung, and how many the pruner decided to end there, or after it and before the next."""

    rung: int
    reached: int
    stopped: int
    least: float
    greatest: float


def rungs(connection: Connection, study_id: int) -> list[Rung]:
    """The rungs of a study, rising."""
    reached = (
        select(reports.c.rung, func.count(), func.min(reports.c.value), func.max(reports.c.value))
        .where(reports.c.study_id == study_id, reports.c.rung.is_not(None), reports.c.current)
        .group_by(reports.c.rung)
        .order_by(reports.c.rung)
    )
    stopped = (
        select(attempts.c.decision_step, func.count(attempts.c.trial.distinct()))
        .where(attempts.c.study_id == study_id, attempts.c.decision == Decision.STOP.value)
        .where(attempts.c.decision_step.is_not(None))
        .group_by(attempts.c.decision_step)
    )
    found = connection.execute(reached).all()
    steps = [rung for rung, *_ in found]
    ends = [0] * len(steps)
    for step, count in connection.execute(stopped) if steps else ():
        ends[max(0, bisect_right(steps, step) - 1)] += count
    return [
        Rung(rung, count, end, least, greatest) for (rung, count, least, greatest), end in zip(found, ends, strict=True)
    ]


class RungValues:
    """The values that trials have at a rung, the best first and NaN last; one is read when it is asked for."""

    def __init__(self, connection: Connection, study_id: int, rung: Rung, direction: Direction) -> None:
        self._connection = connection
        self._count = rung.reached
        there = reports.c.study_id == study_id, reports.c.rung == rung.rung, reports.c.current
        order = reports.c.value if direction is Direction.MINIMIZE else reports.c.value.desc()
        beyond = literal(nan, reports.c.value.type)  # both databases sort NaN after all numbers
        self._numbers = select(reports.c.value).where(*there, reports.c.value < beyond).order_by(order).limit(1)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> float:
        found: float | None = self._connection.execute(self._numbers.offset(place)).scalar()
        return nan if found is None else found
