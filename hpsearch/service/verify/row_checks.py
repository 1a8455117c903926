"""The checks of one trial's rows against each other and against its study: parameters, seed, result, attempts."""

from collections.abc import Iterator

from hpsearch.errors import InvalidInput
from hpsearch.service.verify.replay import Finding, Replay, Tried
from hpsearch.service.verify.violation import Invariant
from hpsearch.storage.audit import TrialRecord
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, End, Trial, TrialState, trial_seed

Result = tuple[tuple[float, ...] | None, int | None]
"""Values, and the step that gave them."""


def check_rows(study: StudyAccount, record: TrialRecord, replay: Replay) -> Iterator[Finding]:
    """All findings about what a trial's rows say of each other."""
    yield from _origin(study, record.trial)
    yield from _result(study, record)
    yield from _error(record)
    for attempt in record.attempts:
        yield from _attempt(study, attempt, replay.attempts.get(attempt.number) or Tried())


def _origin(study: StudyAccount, trial: Trial) -> Iterator[Finding]:
    """Its parameters are a point of the space, its seed is that of its number."""
    try:
        study.definition.space.check(trial.params)
    except InvalidInput as error:
        yield Invariant.I8, None, trial.view_seq, f"its parameters are none of the space: {error}"
    seed = trial_seed(study.seed, trial.number)
    if trial.seed != seed:
        yield Invariant.I8, None, trial.view_seq, f"its seed is {trial.seed}, that of its number {seed}"


def _result(study: StudyAccount, record: TrialRecord) -> Iterator[Finding]:
    """It comes from the end of the last attempt and the reports that count."""
    trial = record.trial
    values = {report.step: report.value for report in record.reports if report.current}
    if trial.last_step != max(values, default=None):
        message = f"its last_step is {trial.last_step}, that of its reports {max(values, default=None)}"
        yield Invariant.I4, None, None, message
    if repr(record.value) != repr(trial.value):  # NaN is equal to NaN
        yield Invariant.I4, None, None, f"its value is {record.value}, the first of its values {trial.value}"
    found, wanted = (trial.values, trial.best_step), _wanted(study, record, values)
    if repr(found) != repr(wanted):
        message = f"is {trial.state.value} with {_said(found)}; by its attempts and reports with {_said(wanted)}"
        yield Invariant.I4, None, None, message


def _wanted(study: StudyAccount, record: TrialRecord, values: dict[int, float]) -> Result:
    trial, last = record.trial, record.attempts[-1] if record.attempts else None
    if trial.state is TrialState.COMPLETED and last:
        return trial.values, last.best_step
    if trial.state is TrialState.PRUNED and last and values and len(study.definition.directions) == 1:
        step = last.decision_step if last.decision_step in values else max(values)
        return (values[step],), step
    return None, None


def _said(result: Result) -> str:
    values, step = result
    return f"values {None if values is None else list(values)} of step {step}"


def _error(record: TrialRecord) -> Iterator[Finding]:
    """It is that of the last attempt that failed, unless the trial was given up because its attempts were lost or given back."""
    trial = record.trial
    if trial.state is TrialState.FAILED and record.attempts and record.attempts[-1].end in (End.EXPIRED, End.RELEASED):
        return
    wanted = next((attempt.error for attempt in reversed(record.attempts) if attempt.error), None)
    if trial.error != wanted:
        found, said = (error.reason if error else None for error in (trial.error, wanted))
        yield (
            Invariant.I3,
            None,
            None,
            f"its error is {found}, or says something else than that of its attempts, {said}",
        )


def _attempt(study: StudyAccount, attempt: Attempt, tried: Tried) -> Iterator[Finding]:
    """It belongs to whom it was granted, and its end is stored with all that makes it one."""
    if attempt.project != study.project:
        yield Invariant.I3, attempt.number, None, f"is of the project {attempt.project}, its study of {study.project}"
    if tried.worker is not None and attempt.worker != tried.worker:
        message = f"its worker is {attempt.worker}, by its history {tried.worker}"
        yield Invariant.I3, attempt.number, None, message
    if (attempt.tell_digest is None) != (attempt.end in (None, End.EXPIRED)):
        yield Invariant.I3, attempt.number, None, f"its end is {attempt.end}, its tell_digest {attempt.tell_digest}"
    if (attempt.error is None) == (attempt.end in (End.FAILED, End.FATAL)):
        reason = attempt.error.reason if attempt.error else None
        yield Invariant.I3, attempt.number, None, f"its end is {attempt.end}, its error {reason}"
