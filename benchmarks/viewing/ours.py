"""The long search in our tables: its beginnings and ends by the service's own rules, its reports past them, many transactions in one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import psycopg
from pydantic import SecretStr
from serving.server import TOKEN
from sqlalchemy import Connection, func, select

from hpsearch.service import Service, life
from hpsearch.service.commands.tell import ending_of
from hpsearch.settings import Settings
from hpsearch.storage import Database, Ledger
from hpsearch.storage.flush import NewReport
from hpsearch.storage.tables import studies
from hpsearch.trial import Attempt, Decision, Report, Trial, TrialState, trial_seed
from hpsearch.wire.verbs import TellError, TellItem
from hpsearch_migrations import open_database
from viewing.long_search import BEGAN, EPOCH, RUNGS, RUNNING, STEPS, Run, definition, search

WORKERS = 4
GROUPS = 64
"""Groups of trials that are written in one transaction."""
LEASE = timedelta(days=3650)
"""The trials that are under way stay so."""


def fill(url: str, trials: int) -> None:
    """Creates the study with its trials in an empty database."""
    clock = _Clock()
    database = open_database(url, clock)
    asyncio.run(_create(database, trials))
    study = definition(trials)
    groups = [list(group) for _, group in groupby(search(study, trials), lambda run: run.number // RUNNING)]
    database = Database(url, clock)
    for first in range(0, len(groups), GROUPS):
        with database.write() as connection:
            for runs in groups[first : first + GROUPS]:
                _Group(database, connection, runs, clock).write()
    database.close()
    if not database.is_sqlite:  # after so many rows PostgreSQL would do it by itself before long
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("VACUUM ANALYZE")


class _Clock:
    """The clock of the search."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


async def _create(database: Database, trials: int) -> None:
    service = await Service.open(database, Settings(admin_token=SecretStr(TOKEN)), tick_seconds=None)
    await service.create_study(definition(trials))
    await service.close()


class _Group:
    """Trials that one worker asked for at once, trained side by side, and told when the last was over."""

    def __init__(self, database: Database, connection: Connection, runs: Sequence[Run], clock: _Clock) -> None:
        self._database = database
        self._connection = connection
        self._runs = runs
        self._clock = clock
        self._worker = f"node-{runs[0].number // RUNNING % WORKERS}"
        self._study_id = connection.execute(select(func.max(studies.c.id))).scalar_one()

    def write(self) -> None:
        self._clock.now = self._runs[0].started
        self._ask()
        self._clock.now = max(run.ended for run in self._runs)
        self._report_and_tell()

    def _ledger(self) -> Ledger:
        """That of a transaction of the service."""
        ledger = Ledger(self._database, self._connection)
        ledger.lock_studies([self._study_id])
        return ledger

    def _ask(self) -> None:
        ledger = self._ledger()
        study = ledger.study(self._study_id)
        seq = ledger.seq(self._study_id)
        begun = [
            Trial(
                study_id=study.id,
                number=run.number,
                state=TrialState.RUNNING,
                params=run.params,
                seed=trial_seed(study.seed, run.number),
                seq=seq,
                view_seq=study.seq,
                created_at=ledger.now,
                attempts=1,
                started_at=ledger.now,
            )
            for run in self._runs
        ]
        life.add_trials(ledger, study.id, begun, "ask", self._worker)
        for position, run in enumerate(self._runs):
            ledger.add_attempt(self._attempt(ledger, run, position))
        ledger.flush()

    def _attempt(self, ledger: Ledger, run: Run, position: int) -> Attempt:
        return Attempt(
            study_id=self._study_id,
            trial=run.number,
            number=1,
            token=_lease(run),
            worker=self._worker,
            host=f"{self._worker}.cluster",
            request_id=str(self._runs[0].number),
            position=position,
            request_digest="",
            started_at=ledger.now,
            expires_at=ledger.now + LEASE,
        )

    def _report_and_tell(self) -> None:
        ledger = self._ledger()
        study = ledger.study(self._study_id)
        ledger.put_study(replace(study, seq=study.seq + STEPS))  # each step was reported in a transaction of its own
        ledger.load_trials((study.id, run.number) for run in self._runs)
        ledger.lock_attempts((study.id, run.number, 1) for run in self._runs)
        for run in self._runs:
            trial = ledger.trial((study.id, run.number))
            attempt = ledger.attempt_at((study.id, run.number, 1))
            assert trial
            for step, value in enumerate(run.curve, start=1):
                report = Report(step, value, _metrics(value), 1, run.started + step * EPOCH)
                ledger.changes.add_report(attempt, NewReport(report, study.seq + step, step if step in RUNGS else None))
            ledger.put_trial(trial, last_step=len(run.curve))
            if run.state is TrialState.PRUNED:
                attempt = life.decide(ledger, attempt, Decision.STOP, "not among the best third", RUNGS[-1])
            if run.state is not TrialState.RUNNING:
                life.end_attempt(ledger, attempt, ending_of(_told(run), self._worker))
        ledger.flush()


def _lease(run: Run) -> str:
    return f"{run.number:032x}"


def _metrics(value: float) -> dict[str, float]:
    return {"train_loss": 0.9 * value, "val_accuracy": 1.0 / (1.0 + value)}


def _told(run: Run) -> TellItem:
    seconds = len(run.curve) * EPOCH.total_seconds()
    if run.state is TrialState.COMPLETED:
        return TellItem(
            lease=_lease(run),
            state="completed",
            values=(run.value,),
            metrics=_metrics(run.value),
            best_step=run.best_step,
            device_seconds=seconds,
        )
    if run.state is TrialState.PRUNED:
        return TellItem(lease=_lease(run), state="released", device_seconds=seconds)
    error = TellError(reason="diverged", message=f"the loss was not a number in epoch {len(run.curve)}")
    return TellItem(lease=_lease(run), state="failed", error=error, device_seconds=seconds)
