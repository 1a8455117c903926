"""Which workers' attempts, and those on which hosts, ended badly, and which of those trials another host completed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, func, select

from hpsearch.storage.tables import attempts, is_failed, trials
from hpsearch.trial import TrialState

SUSPECT = 2
"""Trials that failed on a host and were completed elsewhere, from which on the host is named: one may be chance."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Attempts that a worker told as failed (but for what is the parameters' fault) or that expired, and those of which the trial
    was completed on another host afterwards."""

    failed: int = 0
    completed_elsewhere: int = 0

    def __add__(self, other: "Failures") -> "Failures":
        return Failures(self.failed + other.failed, self.completed_elsewhere + other.completed_elsewhere)

    @property
    def is_suspect(self) -> bool:
        """Whether the host that has these is probably at fault: it fails trials that succeed elsewhere."""
        return self.completed_elsewhere >= SUSPECT


@dataclass(frozen=True, slots=True)
class ProjectFailures:
    """The failures of a project by worker and by host, and the hosts on which each worker failed. Without failures: left out."""

    by_worker: Mapping[str, Failures] = field(default_factory=dict)
    by_host: Mapping[str, Failures] = field(default_factory=dict)
    hosts: Mapping[str, frozenset[str]] = field(default_factory=dict)


def project_failures(connection: Connection, project: str) -> ProjectFailures:
    """Goes through the project's failed attempts.

    An attempt counts where it ran, wherever its worker is now. One whose worker told no host counts as on a host of the worker's
    name.
    """
    winner = attempts.alias("winner")
    won = and_(
        winner.c.study_id == trials.c.study_id, winner.c.trial == trials.c.number, winner.c.number == trials.c.attempts
    )
    completed = trials.c.state == TrialState.COMPLETED.value
    place = func.coalesce(attempts.c.host, attempts.c.worker)
    other = func.coalesce(winner.c.host, winner.c.worker)
    query = (
        select(attempts.c.worker, place, other, func.count())
        .join(trials, and_(trials.c.study_id == attempts.c.study_id, trials.c.number == attempts.c.trial))
        .join(winner, and_(won, completed), isouter=True)
        .where(is_failed, attempts.c.project == project)
        .group_by(attempts.c.worker, place, other)
    )
    by_worker: dict[str, Failures] = {}
    by_host: dict[str, Failures] = {}
    hosts: dict[str, frozenset[str]] = {}
    for worker, host, elsewhere, count in connection.execute(query):
        found = Failures(count, count * (elsewhere not in (None, host)))
        by_worker[worker] = by_worker.get(worker, Failures()) + found
        by_host[host] = by_host.get(host, Failures()) + found
        hosts[worker] = hosts.get(worker, frozenset()) | {host}
    return ProjectFailures(by_worker, by_host, hosts)
