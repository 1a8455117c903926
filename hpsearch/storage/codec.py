"""Rows to values and back. Rows never leave this package; those that come in have all columns of their table, in order."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from hpsearch.storage.tables import attempts, reports, studies, trials
from hpsearch.study import Budget, Study, StudyAccount, StudyReason, StudyState
from hpsearch.trial import Attempt, Checkpoint, Decision, End, Report, Trial, TrialError, TrialState

Row = Sequence[Any]

_STUDY_NAMES = tuple(studies.c.keys())
_TRIAL_NAMES = tuple(trials.c.keys())
_ATTEMPT_NAMES = tuple(attempts.c.keys())
_REPORT_NAMES = tuple(reports.c.keys())

_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def number_to_json(value: float) -> float | str:
    """JSON has no NaN and no infinities; they are kept as words."""
    if value != value:
        return "NaN"
    return value if value not in (float("inf"), float("-inf")) else "Infinity" if value > 0 else "-Infinity"


def number_from_json(value: float | str) -> float:
    """The number behind a word, or the number itself."""
    return _WORDS[value] if isinstance(value, str) else float(value)


def numbers_to_json(numbers: Mapping[str, float]) -> dict[str, float | str]:
    """A mapping of numbers as JSON can hold it."""
    return {name: number_to_json(value) for name, value in numbers.items()}


def numbers_from_json(numbers: Mapping[str, float | str]) -> dict[str, float]:
    """The mapping of numbers back."""
    return {name: number_from_json(value) for name, value in numbers.items()}


def _error(document: Mapping[str, Any] | None) -> TrialError | None:
    return TrialError(**document) if document else None


def _error_row(error: TrialError | None) -> dict[str, str | None] | None:
    return {"reason": error.reason, "message": error.message, "traceback": error.traceback} if error else None


_STUDY_PLAIN = (
    "id", "project", "description", "seed", "seq", "next_number", "grid_position", "failure_streak", "best_number", "best_value",
    "active_seconds", "versions", "created_at", "updated_at", "deleted_at", "reason_detail",
)  # fmt: skip


def study_from_row(row: Row, definition: Study) -> StudyAccount:
    """A study's account."""
    fields = dict(zip(_STUDY_NAMES, row, strict=True))
    return StudyAccount(
        definition=definition,
        budget=Budget.model_validate(fields["budget"]),
        state=StudyState(fields["state"]),
        reason=StudyReason(fields["reason"]) if fields["reason"] else None,
        tags=tuple(fields["tags"]),
        counts={state: fields[state.value] for state in TrialState},
        **{name: fields[name] for name in _STUDY_PLAIN},
    )


def study_to_row(study: StudyAccount) -> dict[str, Any]:
    """The columns of a study."""
    return {
        "name": study.name,
        "objective": study.definition.objective,
        "definition": study.definition.model_dump(mode="json"),
        **{name: value for name, value in study_changes(study).items() if name != "id"},
        **{name: getattr(study, name) for name in ("project", "seed", "versions", "created_at")},
    }


def study_changes(study: StudyAccount) -> dict[str, Any]:
    """The columns of a study that may change, and its key."""
    return {
        "id": study.id,
        "budget": study.budget.model_dump(mode="json"),
        "tags": list(study.tags),
        "search_text": search_text(study),
        "state": study.state.value,
        "reason": study.reason.value if study.reason else None,
        **{state.value: study.counts[state] for state in TrialState},
        **{
            name: getattr(study, name)
            for name in (
                "description", "reason_detail", "seq", "next_number", "grid_position", "failure_streak", "best_number",
                "best_value", "active_seconds", "updated_at", "deleted_at",
            )
        },
    }  # fmt: skip


def search_text(study: StudyAccount) -> str:
    """What a study is found by, folded so that case does not matter. No field holds the character between them."""
    return "\x1f".join((study.name, study.description, *study.tags)).casefold()


_TRIAL_KEY = ("study_id", "number")
_TRIAL_FIXED = ("seed", "params", "view_seq", "enqueued", "request_id", "request_digest", "created_at")
_TRIAL_PLAIN = (
    "seq", "final_seq", "attempts", "errors", "expiries", "releases", "not_before", "value", "best_step", "last_step",
    "reason", "started_at", "finished_at",
)  # fmt: skip
_trial_fixed = attrgetter(*_TRIAL_KEY, *_TRIAL_FIXED)
_trial_plain = attrgetter(*_TRIAL_KEY, *_TRIAL_PLAIN)


def trial_from_row(row: Row) -> Trial:
    """A trial."""
    fields = dict(zip(_TRIAL_NAMES, row, strict=True))
    del fields["value"]
    ref, step = fields.pop("checkpoint_ref"), fields.pop("checkpoint_step")
    fields["checkpoint"] = Checkpoint(ref, step) if ref else None
    fields["state"] = TrialState(fields["state"])
    fields["metrics"] = numbers_from_json(fields["metrics"])
    fields["error"] = _error(fields["error"])
    if fields["grid_index"] is not None:
        fields["grid_index"] = int(fields["grid_index"])
    if fields["values"] is not None:
        fields["values"] = tuple(number_from_json(value) for value in fields["values"])
    return Trial(**fields)


def trial_to_row(trial: Trial) -> dict[str, Any]:
    """The columns of a trial."""
    row = trial_changes(trial)
    row.update(zip((*_TRIAL_KEY, *_TRIAL_FIXED), _trial_fixed(trial), strict=True))
    row["grid_index"] = str(trial.grid_index) if trial.grid_index is not None else None
    return row


def trial_changes(trial: Trial) -> dict[str, Any]:
    """The columns of a trial that may change, and its key."""
    row = dict(zip((*_TRIAL_KEY, *_TRIAL_PLAIN), _trial_plain(trial), strict=True))
    row["state"] = trial.state.value
    row["values"] = [number_to_json(value) for value in trial.values] if trial.values is not None else None
    row["metrics"] = numbers_to_json(trial.metrics)
    row["error"] = _error_row(trial.error)
    row["checkpoint_ref"] = trial.checkpoint.ref if trial.checkpoint else None
    row["checkpoint_step"] = trial.checkpoint.step if trial.checkpoint else None
    return row


_ATTEMPT_KEY = ("study_id", "trial", "number")
_ATTEMPT_FIXED = ("token", "project", "worker", "host", "request_id", "position", "request_digest", "started_at")
_ATTEMPT_PLAIN = (
    "expires_at", "ended_at", "decision_reason", "decision_step", "tell_digest", "best_step", "device_seconds", "trace",
)  # fmt: skip
_attempt_fixed = attrgetter(*_ATTEMPT_KEY, *_ATTEMPT_FIXED)
_attempt_plain = attrgetter(*_ATTEMPT_KEY, *_ATTEMPT_PLAIN)


def attempt_from_row(row: Row) -> Attempt:
    """An attempt."""
    fields = dict(zip(_ATTEMPT_NAMES, row, strict=True))
    fields["end"] = End(fields["end"]) if fields["end"] else None
    fields["decision"] = Decision(fields["decision"])
    fields["error"] = _error(fields["error"])
    return Attempt(**fields)


def attempt_to_row(attempt: Attempt) -> dict[str, Any]:
    """The columns of an attempt."""
    row = attempt_changes(attempt)
    row.update(zip((*_ATTEMPT_KEY, *_ATTEMPT_FIXED), _attempt_fixed(attempt), strict=True))
    return row


def attempt_changes(attempt: Attempt) -> dict[str, Any]:
    """The columns of an attempt that may change, and its key."""
    row = dict(zip((*_ATTEMPT_KEY, *_ATTEMPT_PLAIN), _attempt_plain(attempt), strict=True))
    row["end"] = attempt.end.value if attempt.end else None
    row["decision"] = attempt.decision.value
    row["error"] = _error_row(attempt.error)
    return row


def report_from_row(row: Row) -> Report:
    """A report."""
    fields = dict(zip(_REPORT_NAMES, row, strict=True))
    return Report(
        fields["step"], fields["value"], numbers_from_json(fields["metrics"]), fields["attempt"], fields["at"]
    )
