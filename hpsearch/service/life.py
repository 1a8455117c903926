"""What happens to a trial, and what follows for its study: the state tables of hpsearch.trial and hpsearch.study, carried out.

Every function works on a ledger that holds the study's lock, and records each change in the study's history.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import isfinite
from typing import Any

from hpsearch.storage import Event, History, Ledger
from hpsearch.study import StudyAccount, StudyReason, StudyState, failures_pause
from hpsearch.trial import (
    Attempt,
    Checkpoint,
    Decision,
    End,
    ErrorReason,
    Trial,
    TrialError,
    TrialState,
    retry_seconds,
    state_after,
)

STUDY_OVER = "study_over"
SYSTEM = "server"
"""Who does what nobody asked for: sweeps, and what follows from budgets."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ends, and what came with it."""

    end: End
    who: str
    values: tuple[float, ...] | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    best_step: int | None = None
    error: TrialError | None = None
    checkpoint: Checkpoint | None = None
    device_seconds: float | None = None
    trace: dict[str, Any] | None = None
    artifacts: dict[str, Any] = field(default_factory=dict)
    digest: str | None = None


def end_attempt(ledger: Ledger, attempt: Attempt, ending: Ending) -> Trial:
    """Ends an open attempt; the trial becomes what the table says, and its study what follows."""
    study = ledger.study(attempt.study_id)
    before = held(ledger, attempt)
    ending = diverged(ending)
    charges = _charges(before, attempt, ending.end)
    spent = _is_spent(study, charges, ending.end)
    state = state_after(ending.end, attempt.decision, spent=spent)
    error = ending.error or _spent_error(ending.end, state)
    ledger.put_attempt(
        replace(
            attempt,
            ended_at=ledger.now,
            end=ending.end,
            tell_digest=ending.digest,
            error=ending.error,
            best_step=ending.best_step,
            device_seconds=ending.device_seconds,
            trace=ending.trace,
        )
    )
    retry = ending.end is End.FAILED and state is TrialState.QUEUED
    ledger.add_artifacts(attempt, ending.artifacts)
    trial = _move(
        ledger,
        before,
        state,
        (ending.end.value, attempt.number, ending.who),
        **charges,
        error=error if state is TrialState.FAILED or ending.error else before.error,
        reason=_reason(state, attempt, error),
        not_before=ledger.now + timedelta(seconds=retry_seconds(charges["errors"])) if retry else None,
        finished_at=ledger.now if state.is_final else None,
        checkpoint=ending.checkpoint or before.checkpoint,
        **_result(ledger, study, attempt, ending, state),
    )
    if state.is_final:
        _conclude(ledger, trial)
    return trial


def held(ledger: Ledger, attempt: Attempt) -> Trial:
    """The trial of an attempt that exists."""
    trial = ledger.trial((attempt.study_id, attempt.trial))
    assert trial is not None
    return trial


def reopen(ledger: Ledger, attempt: Attempt, term: timedelta, who: str) -> Attempt | None:
    """Opens an expired attempt again while no newer one was granted: late work is not thrown away. None where it cannot be."""
    trial = held(ledger, attempt)
    study = ledger.study(attempt.study_id)
    waiting = trial.state in (TrialState.QUEUED, TrialState.PAUSED)
    if attempt.end is not End.EXPIRED or attempt.number != trial.attempts or not waiting:
        return None
    decision, reason = attempt.decision, attempt.decision_reason
    if study.state is StudyState.PAUSED and decision is Decision.CONTINUE:
        decision, reason = Decision.RELEASE, "study paused"
    attempt = replace(
        attempt,
        ended_at=None,
        end=None,
        expires_at=ledger.now + term,
        decision=decision,
        decision_reason=reason,
    )
    ledger.put_attempt(attempt)
    event = "reopened", attempt.number, who
    _move(ledger, trial, TrialState.RUNNING, event, expiries=trial.expiries - 1, not_before=None, reason=None)
    return attempt


def decide(ledger: Ledger, attempt: Attempt, decision: Decision, reason: str, step: int | None = None) -> Attempt:
    """Lets the decision about an open attempt grow; `step` is the one that it was made at."""
    if attempt.decision.grow(decision) is attempt.decision:
        return attempt
    attempt = replace(attempt, decision=decision, decision_reason=reason, decision_step=step)
    ledger.put_attempt(attempt)
    return attempt


def cancel_waiting(ledger: Ledger, trial: Trial, cause: str, who: str) -> Trial:
    """Cancels a queued or paused trial."""
    event = cause, None, who
    return _move(ledger, trial, TrialState.CANCELLED, event, reason=cause, not_before=None, finished_at=ledger.now)


def pause(ledger: Ledger, study_id: int, reason: StudyReason, detail: str | None, who: str) -> None:
    """Pauses an active study: nothing is granted, running trials are asked back."""
    _become(ledger, study_id, StudyState.PAUSED, reason, detail, who)
    for attempt in ledger.lock_open_attempts(study_id):
        decide(ledger, attempt, Decision.RELEASE, "study paused")


def activate(ledger: Ledger, study_id: int, who: str) -> None:
    """Makes a paused or finished study active; its row of failures begins anew."""
    study = ledger.study(study_id)
    ledger.put_study(replace(study, failure_streak=0))
    _become(ledger, study_id, StudyState.ACTIVE, None, None, who)


def finish(ledger: Ledger, study_id: int, reason: StudyReason, who: str) -> None:
    """Finishes a study; what waits is cancelled, what runs is stopped."""
    _become(ledger, study_id, StudyState.FINISHED, reason, None, who)
    for trial in ledger.unfinished(study_id, (TrialState.QUEUED, TrialState.PAUSED)):
        cancel_waiting(ledger, trial, STUDY_OVER, who)
    for attempt in ledger.lock_open_attempts(study_id):
        decide(ledger, attempt, Decision.STOP, STUDY_OVER)


def settle(ledger: Ledger, study_id: int) -> None:
    """Finishes an active study whose limits are reached."""
    study = ledger.study(study_id)
    reason = study.over() if study.is_active else None
    if reason is not None:
        finish(ledger, study_id, reason, SYSTEM)


def _become(
    ledger: Ledger, study_id: int, state: StudyState, reason: StudyReason | None, detail: str | None, who: str
) -> None:
    before = ledger.study(study_id)
    ledger.seq(study_id)
    ledger.put_study(replace(ledger.study(study_id), state=state, reason=reason, reason_detail=detail))
    cause = (reason or StudyReason.USER).value
    ledger.event(Event(study_id, None, None, before.state.value, state.value, cause, who))


def add_trials(ledger: Ledger, study_id: int, trials: Sequence[Trial], cause: str, who: str) -> None:
    """New trials, all in one state, take the next numbers of their study."""
    for trial in trials:
        ledger.add_trial(trial)
        ledger.event(Event(study_id, trial.number, trial.attempts or None, None, trial.state.value, cause, who))
    if trials:
        ledger.put_study(ledger.study(study_id).grown(trials[0].state, len(trials)))


def start(ledger: Ledger, trial: Trial, who: str) -> Trial:
    """A queued trial begins its next attempt."""
    number = trial.attempts + 1
    return _move(
        ledger,
        trial,
        TrialState.RUNNING,
        ("ask", number, who),
        attempts=number,
        started_at=trial.started_at or ledger.now,
        not_before=None,
        reason=None,
    )


def _move(
    ledger: Ledger, before: Trial, state: TrialState, event: tuple[str, int | None, str], **changes: Any
) -> Trial:
    """A trial goes into another state, with other changes of its fields; `event` is the cause, the attempt, and who."""
    cause, attempt, who = event
    after = ledger.put_trial(before, state=state, **changes)
    ledger.put_study(ledger.study(before.study_id).moved(before.state, state))
    ledger.event(Event(before.study_id, before.number, attempt, before.state.value, state.value, cause, who))
    return after


def diverged(ending: Ending) -> Ending:
    """A completion whose value is not a finite number is a fatal failure."""
    if ending.end is not End.COMPLETED or all(isfinite(value) for value in ending.values or ()):
        return ending
    said = ", ".join(str(value) for value in ending.values or ())
    return replace(
        ending,
        end=End.FATAL,
        values=None,
        error=TrialError(ErrorReason.DIVERGED.value, f"the value is not a finite number: {said}"),
    )


def _charges(trial: Trial, attempt: Attempt, end: End) -> dict[str, int]:
    """What the trial is charged with after this end."""
    charged = end is End.RELEASED and attempt.decision is Decision.CONTINUE
    return {
        "errors": trial.errors + (end in (End.FAILED, End.FATAL)),
        "expiries": trial.expiries + (end is End.EXPIRED),
        "releases": trial.releases + charged,
    }


def _is_spent(study: StudyAccount, charges: dict[str, int], end: End) -> bool:
    limits = study.definition.attempts
    return {
        End.FAILED: charges["errors"] >= limits.errors,
        End.EXPIRED: charges["expiries"] >= limits.expiries,
        End.RELEASED: charges["releases"] >= limits.releases,
    }.get(end, False)


def _spent_error(end: End, state: TrialState) -> TrialError | None:
    if state is not TrialState.FAILED:
        return None
    if end is End.EXPIRED:
        return TrialError(ErrorReason.LOST.value, "its workers were lost as often as the study allows")
    if end is End.RELEASED:
        return TrialError(ErrorReason.RELEASED.value, "its workers gave it back as often as the study allows")
    return None


def _reason(state: TrialState, attempt: Attempt, error: TrialError | None) -> str | None:
    if state is TrialState.FAILED:
        return error.reason if error else None
    return attempt.decision_reason if state in (TrialState.PRUNED, TrialState.CANCELLED, TrialState.PAUSED) else None


def _result(ledger: Ledger, study: StudyAccount, attempt: Attempt, ending: Ending, state: TrialState) -> dict[str, Any]:
    """The values of a trial that has any: what was told, or of a pruned one its report at the step of the decision, else its latest."""
    if state is TrialState.COMPLETED:
        return {"values": ending.values, "metrics": ending.metrics, "best_step": ending.best_step}
    if state is not TrialState.PRUNED or len(study.definition.directions) > 1:
        return {}
    values = History(ledger).values((attempt.study_id, attempt.trial))
    if not values:
        return {}
    step = attempt.decision_step if attempt.decision_step in values else max(values)
    return {"values": (values[step],), "metrics": ending.metrics, "best_step": step}


def _conclude(ledger: Ledger, trial: Trial) -> None:
    """What a trial's end means for its study."""
    study = ledger.study(trial.study_id)
    diverged = trial.error is not None and trial.error.reason == ErrorReason.DIVERGED.value
    failed = trial.state is TrialState.FAILED and not diverged
    changes: dict[str, Any] = {}
    if trial.state is not TrialState.CANCELLED:
        changes["failure_streak"] = study.failure_streak + 1 if failed else 0
    if trial.state is TrialState.COMPLETED and trial.value is not None and len(study.definition.directions) == 1:
        direction = study.definition.directions[0]
        if study.best_value is None or direction.better(trial.value, study.best_value):
            changes |= {"best_number": trial.number, "best_value": trial.value}
    if any(getattr(study, name) != value for name, value in changes.items()):
        study = replace(study, **changes)
        ledger.put_study(study)
    if study.is_active and failed and trial.error is not None:
        _pause_itself(ledger, study, trial.error)
    settle(ledger, trial.study_id)


def _pause_itself(ledger: Ledger, study: StudyAccount, error: TrialError) -> None:
    if error.reason == ErrorReason.INVALID_SETTINGS.value:
        pause(ledger, study.id, StudyReason.INVALID_SETTINGS, error.message, SYSTEM)
    elif failures_pause(study.failure_streak, study.ended_trials):
        detail = f"{study.failure_streak} trials in a row failed, the last with {error.reason}: {error.message}"
        pause(ledger, study.id, StudyReason.FAILURES, detail, SYSTEM)
