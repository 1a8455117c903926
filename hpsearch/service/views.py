"""Values of the domain as bodies of the wire."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from hpsearch.storage import TestOpening
from hpsearch.storage.event_list import StoredEvent
from hpsearch.storage.failures import Failures, ProjectFailures
from hpsearch.storage.tokens import Token
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, Checkpoint, Report, Trial, TrialError
from hpsearch.wire.changes import StudyChange, StudyEvent
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.studies import Counts, HostFailures, StudyView, TestRecord, WorkerView
from hpsearch.wire.tokens import TokenView
from hpsearch.wire.trials import AttemptView, CheckpointView, ErrorView, EventView, ReportView, TrialDetail, TrialView


def token_view(token: Token) -> TokenView:
    """What is kept of a token."""
    return TokenView.model_validate(asdict(token))


def study_view(study: StudyAccount) -> StudyView:
    """A study; its definition has the present budget, description and tags."""
    present = {"budget": study.budget, "description": study.description, "tags": study.tags}
    definition = study.definition.model_copy(update=present)
    return StudyView(
        definition=definition,
        name=study.name,
        state=study.state,
        reason=study.reason,
        reason_detail=study.reason_detail,
        seed=study.seed,
        counts=_counts(study),
        grid_size=study.definition.grid_size,
        best_trial=study.best_number,
        best_value=study.best_value,
        active_seconds=study.active_seconds,
        created_at=study.created_at,
        updated_at=study.updated_at,
        seq=study.seq,
    )


def _counts(study: StudyAccount) -> Counts:
    return Counts.model_validate({state.value: count for state, count in study.counts.items()})


def trial_view(study: StudyAccount, trial: Trial) -> TrialView:
    """A trial; its parameters in the order of the space."""
    return TrialView(**_trial_fields(study, trial))


def trial_detail(study: StudyAccount, trial: Trial, attempts: list[Attempt], artifacts: list[str]) -> TrialDetail:
    """A trial with its attempts."""
    return TrialDetail(
        **_trial_fields(study, trial), history=[_attempt_view(attempt) for attempt in attempts], artifacts=artifacts
    )


def _trial_fields(study: StudyAccount, trial: Trial) -> dict[str, Any]:
    return {
        "study": study.name,
        "number": trial.number,
        "state": trial.state,
        "params": {name: trial.params[name] for name in study.definition.space.order if name in trial.params},
        "seed": trial.seed,
        "values": list(trial.values) if trial.values is not None else None,
        "metrics": dict(trial.metrics),
        "best_step": trial.best_step,
        "last_step": trial.last_step,
        "attempts": trial.attempts,
        "error": _error_view(trial.error),
        "reason": trial.reason,
        "checkpoint": _checkpoint_view(trial.checkpoint),
        "enqueued": trial.enqueued,
        "created_at": trial.created_at,
        "started_at": trial.started_at,
        "finished_at": trial.finished_at,
        "seq": trial.seq,
    }


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView.model_validate(
        {
            "number": attempt.number,
            "worker": attempt.worker,
            "host": attempt.host,
            "started_at": attempt.started_at,
            "ended_at": attempt.ended_at,
            "end": attempt.end,
            "decision": attempt.decision,
            "decision_reason": attempt.decision_reason,
            "error": _error_view(attempt.error),
            "best_step": attempt.best_step,
            "device_seconds": attempt.device_seconds,
            "trace": attempt.trace,
        }
    )


def report_view(report: Report) -> ReportView:
    """A report."""
    return ReportView(
        step=report.step, value=report.value, metrics=dict(report.metrics), attempt=report.attempt, at=report.at
    )


def event_view(event: StoredEvent) -> EventView:
    """A change of a trial."""
    return EventView.model_validate(event, from_attributes=True)


def study_event(event: StoredEvent) -> StudyEvent:
    """A change of a study or of one of its trials."""
    return StudyEvent.model_validate(event, from_attributes=True)


def study_change(study: StudyAccount, events: Sequence[StoredEvent] = (), *, complete: bool = True) -> StudyChange:
    """How a study stands after these events."""
    return StudyChange(
        study=study.name,
        seq=study.seq,
        deleted=study.deleted_at is not None,
        state=study.state,
        reason=study.reason,
        reason_detail=study.reason_detail,
        description=study.description,
        tags=study.tags,
        budget=study.budget,
        counts=_counts(study),
        best_trial=study.best_number,
        best_value=study.best_value,
        active_seconds=study.active_seconds,
        updated_at=study.updated_at,
        events=[study_event(event) for event in events],
        complete=complete,
    )


def worker_view(row: dict[str, Any], failures: ProjectFailures, now: datetime, term: timedelta) -> WorkerView:
    """A worker, with the failures of the host where it is and of those where it failed. `term` is that of its leases."""
    own = failures.by_worker.get(row["name"], Failures())
    told = WorkerStatus.read(row["status"])
    here = told.host or row["name"]
    places = sorted({here, *failures.hosts.get(row["name"], ())} & failures.by_host.keys())
    silent = max(now - row["last_seen"], timedelta(0))  # a clock may have been set back
    return WorkerView(
        **row,
        told=told,
        failed=own.failed,
        completed_elsewhere=own.completed_elsewhere,
        hosts=[_host_failures(place, failures.by_host[place]) for place in places],
        silent_seconds=silent.total_seconds(),
        is_silent=silent > term,
    )


def _host_failures(host: str, failures: Failures) -> HostFailures:
    count = failures.completed_elsewhere
    suspicion = f"{host} failed {count} trials that other hosts completed: look at that machine."
    return HostFailures(
        host=host,
        failed=failures.failed,
        completed_elsewhere=count,
        suspicion=suspicion if failures.is_suspect else None,
    )


def test_record(opening: TestOpening) -> TestRecord:
    """An opening of the test data."""
    return TestRecord(
        id=opening.id,
        trial=opening.trial,
        who=opening.who,
        at=opening.at,
        metrics=dict(opening.metrics) if opening.metrics is not None else None,
    )


def _error_view(error: TrialError | None) -> ErrorView | None:
    return ErrorView(reason=error.reason, message=error.message, traceback=error.traceback) if error else None


def _checkpoint_view(checkpoint: Checkpoint | None) -> CheckpointView | None:
    return CheckpointView(ref=checkpoint.ref, step=checkpoint.step) if checkpoint else None
