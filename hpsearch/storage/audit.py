"""What a checker reads of a study: its account with sums over its trials, and its trials with all that was ever written of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, select

from hpsearch.space import Params
from hpsearch.storage.codec import attempt_from_row, numbers_from_json, trial_from_row
from hpsearch.storage.database import Database
from hpsearch.storage.sums import Sums, sums_of
from hpsearch.storage.tables import artifacts, attempts, events, reports, service, studies, trials
from hpsearch.storage.views import outcome_of
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, FinishedTrial, Trial, TrialState


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One line of history as it is stored; its place in it is (seq, position)."""

    seq: int
    position: int
    trial: int | None
    attempt: int | None
    before: str | None
    after: str | None
    cause: str
    who: str
    at: datetime

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the study's history."""
        return self.seq, self.position


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report: where it belongs, and whether it is the one that counts at its step; `metrics` is None where they were not read."""

    attempt: int
    step: int
    value: float
    seq: int
    at: datetime
    current: bool
    metrics: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """An artifact, and the attempt that told it; `content` is None where it was not read."""

    attempt: int
    name: str
    content: Any


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study as of one moment; `history` is its own events, without those of its trials."""

    account: StudyAccount
    history: list[StoredEvent]
    sums: Sums


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial, and all that was ever written of it, in order."""

    trial: Trial
    value: float | None
    """The column that lists are sorted by; else a trial's value is the first of its values."""
    attempts: list[Attempt]
    events: list[StoredEvent]
    reports: list[StoredReport]
    artifacts: list[StoredArtifact]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A trial as what its parameters came from, and as what those after it depend on; `outcome` counts from `final_seq` on."""

    number: int
    params: Params
    view_seq: int
    enqueued: bool
    grid_index: int | None
    final_seq: int | None
    outcome: FinishedTrial | None


_SUGGESTED = (
    *("number", "params", "view_seq", "enqueued", "grid_index", "final_seq"),
    *("state", "values", "best_step", "error"),
)


def studies_to_check(connection: Connection, name: str | None, project: str | None) -> list[int]:
    """The ids of all studies, deleted ones too; with a name, of those that have it now, of a project where it is named."""
    query = select(studies.c.id).order_by(studies.c.id)
    if name is not None:
        query = query.where(studies.c.name == name, studies.c.deleted_at.is_(None))
    if project is not None:
        query = query.where(studies.c.project == project)
    return list(connection.execute(query).scalars())


def leases_of_others(connection: Connection, checked: Collection[int]) -> Iterator[str]:
    """The leases of all studies but these."""
    query = select(attempts.c.study_id, attempts.c.token).execution_options(yield_per=1000)
    return (token for study_id, token in connection.execute(query) if study_id not in checked)


def requests_of_others(connection: Connection, checked: Collection[int]) -> Iterator[tuple[str, str]]:
    """The studies' names and the requests of the trials that were enqueued to all studies but these."""
    query = select(studies.c.id, studies.c.name, trials.c.request_id).join(trials, trials.c.study_id == studies.c.id)
    rows = connection.execute(query.where(trials.c.request_id.is_not(None)))
    return ((name, request) for study_id, name, request in rows if study_id not in checked)


def pulse_times(connection: Connection) -> tuple[datetime, datetime] | None:
    """When the service was last seen, and the floor of all leases; None when no server ever ran."""
    row = connection.execute(select(service.c.last_seen, service.c.floor)).one_or_none()
    return (row.last_seen, row.floor) if row else None


def account_of(database: Database, connection: Connection, study_id: int) -> StudyAccount:
    """The account of a study that exists."""
    return database.account(connection.execute(select(studies).where(studies.c.id == study_id)).one())


def study_record(database: Database, connection: Connection, study_id: int) -> StudyRecord:
    """A study that exists, with its sums."""
    account = account_of(database, connection, study_id)
    return StudyRecord(account, study_events(connection, study_id), sums_of(connection, account))


def study_events(connection: Connection, study_id: int) -> list[StoredEvent]:
    """A study's own events, in order."""
    return _events(connection, study_id, events.c.trial.is_(None))


def trial_records(
    connection: Connection, study_id: int, after: int, limit: int, *, contents: bool = False
) -> list[TrialRecord]:
    """Up to `limit` trials in the order of their numbers, after this one; `contents`: with metrics of reports and contents of artifacts."""
    query = select(trials).where(trials.c.study_id == study_id, trials.c.number > after)
    rows = connection.execute(query.order_by(trials.c.number).limit(limit))
    found = [(trial_from_row(row), row.value) for row in rows]
    if not found:
        return []
    first, last = found[0][0].number, found[-1][0].number
    tried = _by_trial(
        (row.trial, attempt_from_row(row))
        for row in _within(connection, attempts, [*attempts.c], study_id, first, last, attempts.c.number)
    )
    happened = _by_trial(
        (event.trial, event) for event in _events(connection, study_id, events.c.trial.between(first, last))
    )
    columns = [reports.c[name] for name in ("trial", "attempt", "step", "value", "seq", "at", "current")]
    columns += [reports.c.metrics] * contents
    reported = _by_trial(
        (row.trial, _report(row, contents=contents))
        for row in _within(connection, reports, columns, study_id, first, last, reports.c.step, reports.c.attempt)
    )
    columns = [artifacts.c.trial, artifacts.c.attempt, artifacts.c.name, *[artifacts.c.content] * contents]
    told = _by_trial(
        (row.trial, StoredArtifact(row.attempt, row.name, row.content if contents else None))
        for row in _within(connection, artifacts, columns, study_id, first, last, artifacts.c.name)
    )
    return [
        TrialRecord(trial, value, *(of[trial.number] for of in (tried, happened, reported, told)))
        for trial, value in found
    ]


def suggested(connection: Connection, study: StudyAccount, after: int, limit: int) -> list[Suggested]:
    """Up to `limit` of the trials that `study` counts, in the order of their numbers, after this one."""
    query = select(*(trials.c[name] for name in _SUGGESTED)).where(trials.c.study_id == study.id)
    page = query.where(trials.c.number > after, trials.c.number < study.next_number).order_by(trials.c.number)
    directions = study.definition.directions
    return [
        Suggested(
            number, params, view_seq, enqueued, int(index) if index else None, final_seq,
            outcome_of(number, params, TrialState(state), values, step, error, directions),
        )
        for number, params, view_seq, enqueued, index, final_seq, state, values, step, error in connection.execute(page.limit(limit))
    ]  # fmt: skip


def _report(row: Row[Any], *, contents: bool) -> StoredReport:
    metrics = numbers_from_json(row.metrics) if contents else None
    return StoredReport(row.attempt, row.step, row.value, row.seq, row.at, row.current, metrics)


def _events(connection: Connection, study_id: int, which: ColumnElement[bool]) -> list[StoredEvent]:
    columns = (
        events.c[name]
        for name in ("seq", "position", "trial", "attempt", "from_state", "to_state", "cause", "who", "at")
    )
    query = select(*columns).where(events.c.study_id == study_id, which).order_by(events.c.seq, events.c.position)
    return [StoredEvent(*row) for row in connection.execute(query)]


def _within(
    connection: Connection, table: Table, columns: list[Column[Any]], study_id: int, first: int, last: int, *order: Any
) -> Iterable[Row[Any]]:
    query = select(*columns).where(table.c.study_id == study_id, table.c.trial.between(first, last))
    return connection.execute(query.order_by(table.c.trial, *order))


def _by_trial(pairs: Iterable[tuple[Any, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for trial, value in pairs:
        found[trial].append(value)
    return found
