"""Offers: of each active study as much as it takes to choose one for a worker."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from hpsearch.storage.database import Database
from hpsearch.storage.steady import steady
from hpsearch.storage.tables import is_active, studies, trials
from hpsearch.storage.types import to_microseconds
from hpsearch.trial import TrialState


@dataclass(frozen=True, slots=True)
class Offer:
    """An active study: its open leases, and whether a queued trial's time has come.

    `max_trials` is its limit, `next_number` the trials that count against it; a grid that was begun has a `grid_position`.
    """

    id: int
    name: str
    objective: str
    running: int
    is_ready: bool
    next_number: int
    max_trials: int | None
    grid_position: int


def _offers(*, is_sqlite: bool) -> Select[Any]:
    queued = and_(trials.c.study_id == studies.c.id, trials.c.state == TrialState.QUEUED.value)
    due = or_(trials.c.not_before.is_(None), trials.c.not_before <= steady(is_sqlite=is_sqlite))
    # In their order, as when they are granted: without it SQLite may read all trials.
    first = select(trials.c.number).where(queued, due).order_by(trials.c.number).limit(1).scalar_subquery()
    return (
        select(
            *(studies.c.id, studies.c.name, studies.c.objective, studies.c[TrialState.RUNNING.value]),
            and_(studies.c[TrialState.QUEUED.value] > 0, first.is_not(None)),
            *(studies.c.next_number, studies.c.budget["max_trials"].as_integer(), studies.c.grid_position),
        )
        .where(studies.c.project == bindparam("project"), is_active)
        .order_by(studies.c.id)
    )


_OFFERS = {is_sqlite: _offers(is_sqlite=is_sqlite) for is_sqlite in (True, False)}


def offers(database: Database, connection: Connection, project: str) -> list[Offer]:
    """The active studies of a project in the order of their creation, without locks."""
    now = database.process_clock()
    parameters = {"project": project, "now": None if now is None else to_microseconds(now)}
    return [Offer(*row) for row in connection.execute(_OFFERS[database.is_sqlite], parameters)]
