"""What charts and advice read beside the trials' own rows: curves, errors, hosts."""

from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic_core import from_json
from sqlalchemy import Connection, Text, and_, cast, func, select

from hpsearch.storage.codec import number_from_json
from hpsearch.storage.keys import ByKeys
from hpsearch.storage.tables import attempts, reports, trials
from hpsearch.trial import TrialState

_REPORTS = ByKeys(
    select(reports.c.trial, reports.c.step, reports.c.value, reports.c.attempt, cast(reports.c.metrics, Text))
    .where(reports.c.current)
    .order_by(reports.c.trial, reports.c.step),
    reports.c.study_id,
    reports.c.trial,
)


@dataclass(frozen=True, slots=True)
class StoredCurve:
    """What a trial reported, in the order of its steps: of each step the word of its latest attempt."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    metrics: list[dict[str, float]] = field(default_factory=list)

    def columns(self, metric: str) -> dict[str, list[float | None]]:
        """What was reported by name, `metric` (the study's) first; None where a report lacks it."""
        names = dict.fromkeys(name for metrics in self.metrics for name in metrics if name != metric)
        return {metric: [*self.values], **{name: [metrics.get(name) for metrics in self.metrics] for name in names}}


def curves_of(connection: Connection, study_id: int, numbers: Collection[int]) -> dict[int, StoredCurve]:
    """The curves of these trials, of those that have one."""
    rows = _REPORTS.rows(connection, [(study_id, number) for number in numbers])
    found: dict[int, StoredCurve] = {}
    documents = from_json(f"[{','.join(metrics for *_, metrics in rows)}]")
    for (trial, step, value, attempt, _), metrics in zip(rows, documents, strict=True):
        curve = found.setdefault(trial, StoredCurve())
        curve.steps.append(step)
        curve.values.append(value)
        curve.attempts.append(attempt)
        curve.metrics.append({name: number_from_json(told) for name, told in metrics.items()})
    return found


def failures_of(connection: Connection, study_id: int) -> dict[int, tuple[str, str]]:
    """Reason and message of the error of each failed trial; without a message, of one that was lost."""
    error = trials.c.error
    query = select(
        trials.c.number,
        func.coalesce(error["reason"].as_string(), trials.c.reason, ""),
        func.coalesce(error["message"].as_string(), ""),
    ).where(trials.c.study_id == study_id, trials.c.state == TrialState.FAILED.value)
    return {number: (reason, message) for number, reason, message in connection.execute(query)}


def hosts_of(connection: Connection, study_id: int) -> dict[int, str]:
    """Where the last attempt of each trial ran: its host, else its worker."""
    last = and_(trials.c.study_id == attempts.c.study_id, trials.c.number == attempts.c.trial)
    query = (
        select(attempts.c.trial, func.coalesce(attempts.c.host, attempts.c.worker))
        .join(trials, last)
        .where(attempts.c.study_id == study_id, attempts.c.number == trials.c.attempts)
    )
    return dict(map(tuple, connection.execute(query).all()))
