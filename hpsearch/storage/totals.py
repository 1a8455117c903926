"""What a database holds in total, for those who watch over a server."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hpsearch.storage.tables import attempts, studies
from hpsearch.study import StudyState
from hpsearch.trial import TrialState


@dataclass(frozen=True, slots=True)
class Totals:
    """Studies that are not deleted and their trials by state, and the leases that are open."""

    studies: dict[str, int]
    trials: dict[str, int]
    open_leases: int


def totals(connection: Connection) -> Totals:
    """Read from the studies' counts and the index of open leases: trials are not gone through."""
    kept = studies.c.deleted_at.is_(None)
    by_state = select(studies.c.state, func.count()).where(kept).group_by(studies.c.state)
    found: dict[str, int] = dict(connection.execute(by_state).all())
    sums = connection.execute(
        select(*(func.coalesce(func.sum(studies.c[state.value]), 0) for state in TrialState)).where(kept)
    ).one()
    leases = connection.execute(select(func.count()).where(attempts.c.ended_at.is_(None))).scalar_one()
    return Totals(
        studies={state.value: found.get(state.value, 0) for state in StudyState},
        trials={state.value: int(total) for state, total in zip(TrialState, sums, strict=True)},
        open_leases=leases,
    )
