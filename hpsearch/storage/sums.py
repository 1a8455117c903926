"""What the rows of a study add up to: its trials by state, its history, its best trial, its failures in a row."""

from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, func, or_, select, true, tuple_

from hpsearch.storage.tables import attempts, events, trials
from hpsearch.study import Direction, StudyAccount, StudyState
from hpsearch.trial import ErrorReason, TrialState


@dataclass(frozen=True, slots=True)
class Sums:
    """What the rows of a study add up to."""

    states: dict[str, int]
    lowest: int | None
    highest: int | None
    highest_in_events: int | None
    events: int
    places: int
    """Places of the history if it has no holes: for each seq its greatest position + 1."""
    repeated_points: list[str]
    """Points of the grid that have more than one trial."""
    repeated_tokens: list[tuple[int, int]]
    """(trial, attempt) of attempts whose token another attempt, of any study, has as well."""
    best: tuple[int | None, float | None]
    """Number and value of the completed trial that is best, of equal ones the first to complete; none for several objectives."""
    failures: int
    """Trials that failed in a row, not by divergence, and last of all; since the study was made active where that was later."""


def sums_of(connection: Connection, study: StudyAccount) -> Sums:
    """The sums of a study that exists."""
    study_id = study.id
    mine = trials.c.study_id == study_id
    by_state = select(trials.c.state, func.count()).where(mine).group_by(trials.c.state)
    numbers = select(func.min(trials.c.number), func.max(trials.c.number)).where(mine)
    lowest, highest = connection.execute(numbers).one()
    each = select((func.max(events.c.position) + 1).label("places")).where(events.c.study_id == study_id)
    places = select(func.coalesce(func.sum(each.group_by(events.c.seq).subquery().c.places), 0))
    history = select(func.count(), func.max(events.c.trial)).where(events.c.study_id == study_id)
    count, highest_in_events = connection.execute(history).one()
    points = select(trials.c.grid_index).where(mine, trials.c.grid_index.is_not(None)).group_by(trials.c.grid_index)
    return Sums(
        states=dict(connection.execute(by_state).all()),
        lowest=lowest,
        highest=highest,
        highest_in_events=highest_in_events,
        events=count,
        places=int(connection.execute(places).scalar_one()),
        repeated_points=list(connection.execute(points.having(func.count() > 1)).scalars()),
        repeated_tokens=[(row.trial, row.number) for row in connection.execute(_repeated_tokens(study_id))],
        best=_best(connection, study),
        failures=_failures(connection, study_id),
    )


_ENDED = and_(
    events.c.study_id == trials.c.study_id,
    events.c.trial == trials.c.number,
    events.c.seq == trials.c.final_seq,
    events.c.to_state == trials.c.state,
)
"""The event by which a trial became final."""


def _best(connection: Connection, study: StudyAccount) -> tuple[int | None, float | None]:
    directions = study.definition.directions
    if len(directions) > 1:
        return None, None
    value = trials.c.value.asc() if directions[0] is Direction.MINIMIZE else trials.c.value.desc()
    query = select(trials.c.number, trials.c.value).outerjoin(events, _ENDED)
    query = query.where(trials.c.study_id == study.id, trials.c.state == TrialState.COMPLETED.value)
    query = query.order_by(value, trials.c.final_seq, events.c.position, trials.c.number).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.number, row.value) if row else (None, None)


def _failures(connection: Connection, study_id: int) -> int:
    became_active = events.c.trial.is_(None) & (events.c.to_state == StudyState.ACTIVE.value)
    activated = became_active & (func.coalesce(events.c.from_state, "") != StudyState.ACTIVE.value)
    diverged = func.coalesce(trials.c.reason, "") == ErrorReason.DIVERGED.value
    failed = (trials.c.state == TrialState.FAILED.value) & ~diverged
    ended_well = trials.c.state.in_([TrialState.COMPLETED.value, TrialState.PRUNED.value])
    interrupts = activated | ended_well | ((trials.c.state == TrialState.FAILED.value) & diverged)
    history = select(events.c.seq, events.c.position).outerjoin(trials, _ENDED).where(events.c.study_id == study_id)
    backwards = history.where(interrupts).order_by(events.c.seq.desc(), events.c.position.desc())
    last = connection.execute(backwards.limit(1)).one_or_none()
    after = tuple_(events.c.seq, events.c.position) > tuple_(last.seq, last.position) if last else true()
    row = history.where(failed, after).subquery()
    return int(connection.execute(select(func.count()).select_from(row)).scalar_one())


def _repeated_tokens(study_id: int) -> Select[tuple[int, int]]:
    other = attempts.alias()
    another = or_(
        other.c.study_id != attempts.c.study_id,
        other.c.trial != attempts.c.trial,
        other.c.number != attempts.c.number,
    )
    same = select(other.c.token).where(other.c.token == attempts.c.token, another).exists()
    return select(attempts.c.trial, attempts.c.number).where(attempts.c.study_id == study_id, same)
