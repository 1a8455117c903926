"""What workers' attempts ended badly, and which of those trials another host completed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from hpsearch.storage.tables import attempts, is_failed, trials, workers
from hpsearch.trial import TrialState

Worker = tuple[str, str]
"""Project and name."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Attempts that a worker told as failed (but for what is the parameters' fault) or that expired, and those of which the trial
    was completed on another host afterwards."""

    failed: int = 0
    completed_elsewhere: int = 0


def failures_of(connection: Connection, wanted: Collection[Worker]) -> dict[Worker, Failures]:
    """The failures of these workers; one that has none is left out. Goes through their failed attempts."""
    winner = attempts.alias("winner")
    won = and_(
        winner.c.study_id == trials.c.study_id, winner.c.trial == trials.c.number, winner.c.number == trials.c.attempts
    )
    completed = trials.c.state == TrialState.COMPLETED.value
    query = (
        select(attempts.c.project, attempts.c.worker, winner.c.worker, func.count())
        .join(trials, and_(trials.c.study_id == attempts.c.study_id, trials.c.number == attempts.c.trial))
        .join(winner, and_(won, completed), isouter=True)
        .where(
            is_failed,
            attempts.c.project.in_(sorted({project for project, _ in wanted})),
            attempts.c.worker.in_(sorted({name for _, name in wanted})),
        )
        .group_by(attempts.c.project, attempts.c.worker, winner.c.worker)
    )
    rows = [((project, worker), other, count) for project, worker, other, count in connection.execute(query)]
    rows = [row for row in rows if row[0] in wanted]
    hosts = _hosts(connection, {name for (_, worker), other, _ in rows for name in (worker, other) if name})
    found: dict[Worker, Failures] = {}
    for worker, other, count in rows:
        before = found.get(worker, Failures())
        elsewhere = other is not None and _host(hosts, worker) != _host(hosts, (worker[0], other))
        found[worker] = Failures(before.failed + count, before.completed_elsewhere + count * elsewhere)
    return found


def _hosts(connection: Connection, names: Collection[str]) -> dict[Worker, Mapping[str, Any]]:
    query = select(workers.c.project, workers.c.name, workers.c.status).where(workers.c.name.in_(sorted(names)))
    return {(project, name): status for project, name, status in connection.execute(query)}


def _host(statuses: Mapping[Worker, Mapping[str, Any]], worker: Worker) -> object:
    """The host that a worker told; one that told none is a host of its own."""
    return statuses.get(worker, {}).get("host") or worker
