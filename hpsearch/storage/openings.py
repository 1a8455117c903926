"""Who opened the sealed test data of a study, when, for which trial, and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from hpsearch.storage.codec import numbers_from_json, numbers_to_json
from hpsearch.storage.tables import tests


@dataclass(frozen=True, slots=True)
class TestOpening:
    """One opening; `metrics` is None until the result is told."""

    id: int
    trial: int
    who: str
    at: datetime
    metrics: Mapping[str, float] | None


def openings(connection: Connection, study_id: int) -> list[TestOpening]:
    """All of a study, in their order."""
    query = select(tests).where(tests.c.study_id == study_id).order_by(tests.c.id)
    return [_opening(row) for row in connection.execute(query)]


def add_opening(connection: Connection, study_id: int, opening: TestOpening) -> None:
    """A new one; the caller holds the study's lock."""
    connection.execute(
        insert(tests).values(study_id=study_id, id=opening.id, trial=opening.trial, who=opening.who, at=opening.at)
    )


def put_metrics(connection: Connection, study_id: int, opening_id: int, metrics: Mapping[str, float]) -> None:
    """The result of one."""
    place = (tests.c.study_id == study_id, tests.c.id == opening_id)
    connection.execute(update(tests).where(*place).values(metrics=numbers_to_json(metrics)))


def _opening(row: Row[tuple[object, ...]]) -> TestOpening:
    metrics = numbers_from_json(row.metrics) if row.metrics is not None else None
    return TestOpening(row.id, row.trial, row.who, row.at, metrics)
