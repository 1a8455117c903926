"""The changes of one write transaction, and how they are written: a few statements, each for all rows of a kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from hpsearch.storage.bulk import Bulk
from hpsearch.storage.codec import (
    attempt_changes,
    attempt_to_row,
    numbers_to_json,
    study_changes,
    trial_changes,
    trial_to_row,
)
from hpsearch.storage.tables import artifacts, attempts, events, reports, studies, trials
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, Report, Trial, TrialState

if TYPE_CHECKING:
    from hpsearch.storage.ledger import Event


_STUDY_COLUMNS = (
    "description", "tags", "search_text", "budget", "state", "reason", "reason_detail", "seq", "next_number", "grid_position", "failure_streak",
    "queued", "running", "paused", "completed", "pruned", "failed", "cancelled", "best_number", "best_value",
    "active_seconds", "updated_at", "deleted_at",
)  # fmt: skip
_TRIAL_COLUMNS = (
    "state", "seq", "final_seq", "attempts", "errors", "expiries", "releases", "not_before", "value", "values", "metrics",
    "best_step", "last_step", "error", "reason", "checkpoint_ref", "checkpoint_step", "started_at", "finished_at",
)  # fmt: skip
_ATTEMPT_COLUMNS = (
    "expires_at", "ended_at", "end", "decision", "decision_reason", "decision_step", "tell_digest", "error", "best_step",
    "device_seconds", "trace",
)  # fmt: skip
_UPDATE_STUDIES = Bulk(studies, _STUDY_COLUMNS, key=("id",))
_INSERT_TRIALS = Bulk(trials, trials.c.keys())
_UPDATE_TRIALS = Bulk(trials, _TRIAL_COLUMNS, key=("study_id", "number"))
_INSERT_ATTEMPTS = Bulk(attempts, attempts.c.keys())
_UPDATE_ATTEMPTS = Bulk(attempts, _ATTEMPT_COLUMNS, key=("study_id", "trial", "number"))
_INSERT_REPORTS = Bulk(reports, reports.c.keys())
_INSERT_EVENTS = Bulk(events, events.c.keys())
_SUPERSEDE = (
    update(reports)
    .where(
        reports.c.study_id == bindparam("key_study_id"),
        reports.c.trial == bindparam("key_trial"),
        reports.c.attempt < bindparam("key_attempt"),
        reports.c.step == bindparam("key_step"),
    )
    .values(current=False)
)


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to write, with the seq of its transaction and the rung where a pruner compares it."""

    report: Report
    seq: int
    rung: int | None


class Changes:
    """What a ledger has to write; values by their key, so that a thing changed twice is written once."""

    def __init__(self) -> None:
        self.studies: dict[int, StudyAccount] = {}
        self.new_trials: dict[tuple[int, int], Trial] = {}
        self.trials: dict[tuple[int, int], Trial] = {}
        self.new_attempts: dict[tuple[int, int, int], Attempt] = {}
        self.attempts: dict[tuple[int, int, int], Attempt] = {}
        self.reports: dict[tuple[int, int, int, int], NewReport] = {}
        self.artifacts: dict[tuple[int, int, str], tuple[int, Any]] = {}
        self.events: list[Event] = []

    def __bool__(self) -> bool:
        return any(vars(self).values())

    @property
    def bring_work(self) -> bool:
        """Whether a worker that found nothing should look again: a study changed its state, or a trial is queued."""
        return any(event.trial is None or event.after == TrialState.QUEUED for event in self.events)

    def all_trials(self) -> Iterator[Trial]:
        """The trials that are new or changed."""
        return chain(self.trials.values(), self.new_trials.values())

    def put_trial(self, trial: Trial) -> None:
        """Changes a trial, new or stored."""
        (self.new_trials if trial.key in self.new_trials else self.trials)[trial.key] = trial

    def put_attempt(self, attempt: Attempt) -> None:
        """Changes an attempt, new or stored."""
        (self.new_attempts if attempt.key in self.new_attempts else self.attempts)[attempt.key] = attempt

    def add_report(self, attempt: Attempt, report: NewReport) -> None:
        """A new report."""
        self.reports[(*attempt.key, report.report.step)] = report

    def write(self, connection: Connection, seqs: dict[int, int], now: datetime) -> None:
        """Writes all; parents before children, and the end of an attempt before the trial's next."""
        _UPDATE_STUDIES.write(connection, [study_changes(study) for _, study in sorted(self.studies.items())])
        _INSERT_TRIALS.write(connection, [trial_to_row(trial) for trial in self.new_trials.values()])
        _UPDATE_TRIALS.write(connection, [trial_changes(trial) for trial in self.trials.values()])
        _UPDATE_ATTEMPTS.write(connection, [attempt_changes(attempt) for attempt in self.attempts.values()])
        _INSERT_ATTEMPTS.write(connection, [attempt_to_row(attempt) for attempt in self.new_attempts.values()])
        self._write_reports(connection)
        self._write_artifacts(connection)
        _INSERT_EVENTS.write(connection, self._event_rows(seqs, now))

    def _write_reports(self, connection: Connection) -> None:
        superseding = [
            {"key_study_id": study_id, "key_trial": trial, "key_attempt": attempt, "key_step": step}
            for study_id, trial, attempt, step in self.reports
            if attempt > 1
        ]
        if superseding:
            connection.execute(_SUPERSEDE, superseding)
        _INSERT_REPORTS.write(
            connection,
            [
                {
                    "study_id": study_id,
                    "trial": trial,
                    "attempt": attempt,
                    "step": step,
                    "value": new.report.value,
                    "metrics": numbers_to_json(new.report.metrics),
                    "at": new.report.at,
                    "seq": new.seq,
                    "current": True,
                    "rung": new.rung,
                }
                for (study_id, trial, attempt, step), new in self.reports.items()
            ],
        )

    def _write_artifacts(self, connection: Connection) -> None:
        if not self.artifacts:
            return
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(artifacts)
        statement = statement.on_conflict_do_update(
            index_elements=["study_id", "trial", "name"],
            set_={"attempt": statement.excluded.attempt, "content": statement.excluded.content},
        )
        connection.execute(
            statement,
            [
                {"study_id": study_id, "trial": trial, "name": name, "attempt": attempt, "content": content}
                for (study_id, trial, name), (attempt, content) in self.artifacts.items()
            ],
        )

    def _event_rows(self, seqs: dict[int, int], now: datetime) -> list[dict[str, Any]]:
        positions: dict[int, int] = {}
        rows = []
        for event in self.events:
            position = positions[event.study_id] = positions.get(event.study_id, -1) + 1
            rows.append(
                {
                    "study_id": event.study_id,
                    "seq": seqs[event.study_id],
                    "position": position,
                    "trial": event.trial,
                    "attempt": event.attempt,
                    "from_state": event.before,
                    "to_state": event.after,
                    "cause": event.cause,
                    "who": event.who,
                    "at": now,
                }
            )
        return rows
