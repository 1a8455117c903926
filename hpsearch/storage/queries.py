"""What people and dashboards read: one page, or one thing, a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from hpsearch.storage.codec import attempt_from_row, report_from_row, trial_from_row
from hpsearch.storage.database import Database
from hpsearch.storage.tables import artifacts, attempts, reports, studies, trials, workers
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, Report, Trial, TrialState


def probe(connection: Connection) -> None:
    """Raises when the database does not answer."""
    connection.execute(select(1)).scalar_one()


def study_named(database: Database, connection: Connection, project: str, name: str) -> StudyAccount | None:
    """The study of this name that is not deleted."""
    query = select(studies).where(studies.c.project == project, studies.c.name == name, studies.c.deleted_at.is_(None))
    row = connection.execute(query).one_or_none()
    return database.account(row) if row else None


def study_numbered(database: Database, connection: Connection, study_id: int) -> StudyAccount:
    """The study of this id, deleted or not."""
    return database.account(connection.execute(select(studies).where(studies.c.id == study_id)).one())


def studies_changed(database: Database, project: str, since: datetime, connection: Connection) -> list[StudyAccount]:
    """The studies of a project that changed at this moment or later, deleted ones included."""
    changed = or_(studies.c.updated_at >= since, studies.c.deleted_at >= since)
    rows = connection.execute(select(studies).where(studies.c.project == project, changed).order_by(studies.c.id))
    return [database.account(row) for row in rows]


def trial_numbered(connection: Connection, study_id: int, number: int) -> Trial | None:
    """One trial."""
    row = connection.execute(
        select(trials).where(trials.c.study_id == study_id, trials.c.number == number)
    ).one_or_none()
    return trial_from_row(row) if row else None


def trials_after(connection: Connection, study_id: int, number: int, limit: int) -> list[Trial]:
    """Trials in the order of their numbers, after this one."""
    query = select(trials).where(trials.c.study_id == study_id, trials.c.number > number)
    rows = connection.execute(query.order_by(trials.c.number).limit(limit))
    return [trial_from_row(row) for row in rows]


def trials_numbered(connection: Connection, study_id: int, numbers: Sequence[int]) -> list[Trial]:
    """These trials, in the order of their numbers."""
    query = select(trials).where(trials.c.study_id == study_id, trials.c.number.in_(numbers)).order_by(trials.c.number)
    return [trial_from_row(row) for row in connection.execute(query)]


def attempts_of(connection: Connection, study_id: int, trial: int) -> list[Attempt]:
    """The attempts of a trial, in their order."""
    query = select(attempts).where(attempts.c.study_id == study_id, attempts.c.trial == trial)
    return [attempt_from_row(row) for row in connection.execute(query.order_by(attempts.c.number))]


def reports_after(connection: Connection, study_id: int, trial: int, step: int, limit: int) -> list[Report]:
    """The reports of a trial after this step; where several attempts reported one, the latest's."""
    query = select(reports).where(
        reports.c.study_id == study_id, reports.c.trial == trial, reports.c.current, reports.c.step > step
    )
    rows = connection.execute(query.order_by(reports.c.step).limit(limit))
    return [report_from_row(row) for row in rows]


def artifact_names(connection: Connection, study_id: int, trial: int) -> list[str]:
    """The names of a trial's artifacts."""
    query = select(artifacts.c.name).where(artifacts.c.study_id == study_id, artifacts.c.trial == trial)
    return list(connection.execute(query.order_by(artifacts.c.name)).scalars())


def artifact(connection: Connection, study_id: int, trial: int, name: str) -> tuple[Any] | None:
    """One artifact, in a tuple since it may be null; None when there is none."""
    query = select(artifacts.c.content).where(
        artifacts.c.study_id == study_id, artifacts.c.trial == trial, artifacts.c.name == name
    )
    row = connection.execute(query).one_or_none()
    return (row.content,) if row else None


def worker_page(connection: Connection, project: str, after: str, limit: int) -> list[dict[str, Any]]:
    """Workers of a project by name, with their open leases."""
    held = (
        select(attempts.c.worker, func.count().label("open_leases"))
        .where(attempts.c.project == project, attempts.c.ended_at.is_(None))
        .group_by(attempts.c.worker)
        .subquery()
    )
    query = (
        select(workers, func.coalesce(held.c.open_leases, 0).label("open_leases"))
        .join(held, held.c.worker == workers.c.name, isouter=True)
        .where(workers.c.project == project, workers.c.name > after)
        .order_by(workers.c.name)
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def fingerprint(database: Database, connection: Connection) -> tuple[int, ...]:
    """Changes when any study changed, or a queued trial's time has come."""
    changed = connection.execute(select(func.coalesce(func.sum(studies.c.seq), 0))).scalar_one()
    waiting = connection.execute(
        select(func.count())
        .select_from(trials)
        .where(trials.c.state == TrialState.QUEUED.value, trials.c.not_before <= database.now(connection))
    ).scalar_one()
    return int(changed), waiting
