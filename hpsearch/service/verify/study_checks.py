"""The checks of a study as a whole: its numbers, its counts, its end."""

from collections.abc import Iterator

from hpsearch.service.verify.timeline import check_history
from hpsearch.service.verify.violation import Invariant, Violation
from hpsearch.storage.audit import StudyRecord
from hpsearch.study import StudyAccount, StudyReason, StudyState
from hpsearch.trial import TrialState


def name_of(study: StudyAccount) -> str:
    """How a study is called in findings: names of deleted ones may be in use again."""
    return study.name if study.deleted_at is None else f"{study.name} (deleted, id {study.id})"


def check_study(record: StudyRecord) -> Iterator[Violation]:
    """All findings about a study and the sums over its trials."""
    name = name_of(record.account)
    for invariant, seq, message in check_history(record):
        yield Violation(invariant, name, message, seq=seq)
    for trial, attempt in record.sums.repeated_tokens:
        yield Violation(Invariant.I1, name, "its token is that of another attempt too", trial, attempt)
    for message in _accounts(record):
        yield Violation(Invariant.I4, name, message, seq=record.account.seq)
    if record.account.deleted_at is None:
        for message in _stuck(record.account):
            yield Violation(Invariant.I7, name, message, seq=record.account.seq)


def _accounts(record: StudyRecord) -> Iterator[str]:
    study, sums = record.account, record.sums
    total = sum(sums.states.values())
    for state in TrialState:
        stored = sums.states.get(state.value, 0)
        if study.counts[state] != stored:
            yield f"counts {study.counts[state]} {state.value} trials, there are {stored}"
    if total != study.next_number:
        yield f"counts {study.next_number} trials, there are {total}"
    elif total and (sums.lowest, sums.highest) != (0, total - 1):
        yield f"its {total} trials are numbered from {sums.lowest} to {sums.highest}"
    if study.budget.max_trials is not None and study.next_number > study.budget.max_trials:
        yield f"has {study.next_number} trials, its budget allows {study.budget.max_trials}"
    if sums.highest_in_events is not None and sums.highest_in_events >= study.next_number:
        yield f"its history knows a trial {sums.highest_in_events} of {study.next_number}"
    for point in sums.repeated_points:
        yield f"point {point} of the grid has more than one trial"
    if (study.best_number, study.best_value) != sums.best:
        yield f"its best is {_best(study.best_number, study.best_value)}, that of its trials {_best(*sums.best)}"
    if study.failure_streak != sums.failures:
        yield f"counts {study.failure_streak} failures in a row, there were {sums.failures}"


def _best(number: int | None, value: float | None) -> str:
    return "none" if number is None else f"trial {number} with {value}"


def _stuck(study: StudyAccount) -> Iterator[str]:
    counts = study.counts
    waiting = counts[TrialState.QUEUED] + counts[TrialState.PAUSED]
    if study.state is StudyState.ACTIVE:
        reason = study.over()
        if reason is not None:
            yield f"is active, but finished by {reason.value}"
        elif study.open_trials == counts[TrialState.PAUSED] > 0 and study.exhausted():
            yield f"nothing can move its {study.open_trials} paused trials"
    if study.state is StudyState.FINISHED:
        if waiting:
            yield f"is finished, but {waiting} trials wait"
        if study.reason in (StudyReason.MAX_TRIALS, StudyReason.GRID_EXHAUSTED) and study.open_trials:
            yield f"is finished by {study.reason.value}, but {study.open_trials} trials are not final"
