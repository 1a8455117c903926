"""Rows to values and back. Rows never leave this package."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hpsearch.study import Budget, Study, StudyAccount, StudyReason, StudyState
from hpsearch.trial import Attempt, Checkpoint, Decision, End, Report, Trial, TrialError, TrialState

Row = Mapping[str, Any]

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


def _error(document: Row | None) -> TrialError | None:
    return TrialError(**document) if document else None


def _error_row(error: TrialError | None) -> dict[str, str | None] | None:
    return {"reason": error.reason, "message": error.message, "traceback": error.traceback} if error else None


_STUDY_PLAIN = (
    "id", "description", "seed", "seq", "next_number", "grid_position", "failure_streak", "best_number", "best_value",
    "active_seconds", "versions", "created_at", "updated_at", "deleted_at", "reason_detail",
)  # fmt: skip


def study_from_row(row: Row, definition: Study) -> StudyAccount:
    """A study's account."""
    return StudyAccount(
        definition=definition,
        budget=Budget.model_validate(row["budget"]),
        state=StudyState(row["state"]),
        reason=StudyReason(row["reason"]) if row["reason"] else None,
        counts={state: row[state.value] for state in TrialState},
        **{name: row[name] for name in _STUDY_PLAIN},
    )


def study_to_row(study: StudyAccount) -> dict[str, Any]:
    """The columns of a study."""
    return {
        "name": study.name,
        "objective": study.definition.objective,
        "definition": study.definition.model_dump(mode="json"),
        **study_changes(study),
        **{name: getattr(study, name) for name in ("seed", "versions", "created_at")},
    }


def study_changes(study: StudyAccount) -> dict[str, Any]:
    """The columns of a study that may change."""
    return {
        "budget": study.budget.model_dump(mode="json"),
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


_TRIAL_PLAIN = tuple(
    field.name
    for field in fields(Trial)
    if field.name not in {"state", "grid_index", "values", "metrics", "error", "checkpoint"}
)


def trial_from_row(row: Row) -> Trial:
    """A trial."""
    values = row["values"]
    return Trial(
        state=TrialState(row["state"]),
        grid_index=int(row["grid_index"]) if row["grid_index"] is not None else None,
        values=tuple(number_from_json(value) for value in values) if values is not None else None,
        metrics=numbers_from_json(row["metrics"]),
        error=_error(row["error"]),
        checkpoint=Checkpoint(row["checkpoint_ref"], row["checkpoint_step"]) if row["checkpoint_ref"] else None,
        **{name: row[name] for name in _TRIAL_PLAIN},
    )


def trial_to_row(trial: Trial) -> dict[str, Any]:
    """The columns of a trial."""
    row = {name: getattr(trial, name) for name in _TRIAL_PLAIN}
    row["state"] = trial.state.value
    row["grid_index"] = str(trial.grid_index) if trial.grid_index is not None else None
    row["value"] = trial.value
    row["values"] = [number_to_json(value) for value in trial.values] if trial.values is not None else None
    row["metrics"] = numbers_to_json(trial.metrics)
    row["error"] = _error_row(trial.error)
    row["checkpoint_ref"] = trial.checkpoint.ref if trial.checkpoint else None
    row["checkpoint_step"] = trial.checkpoint.step if trial.checkpoint else None
    return row


_ATTEMPT_PLAIN = tuple(field.name for field in fields(Attempt) if field.name not in {"end", "decision", "error"})


def attempt_from_row(row: Row) -> Attempt:
    """An attempt."""
    return Attempt(
        end=End(row["end"]) if row["end"] else None,
        decision=Decision(row["decision"]),
        error=_error(row["error"]),
        **{name: row[name] for name in _ATTEMPT_PLAIN},
    )


def attempt_to_row(attempt: Attempt) -> dict[str, Any]:
    """The columns of an attempt."""
    row = {name: getattr(attempt, name) for name in _ATTEMPT_PLAIN}
    row["end"] = attempt.end.value if attempt.end else None
    row["decision"] = attempt.decision.value
    row["error"] = _error_row(attempt.error)
    return row


def report_from_row(row: Row) -> Report:
    """A report."""
    return Report(row["step"], row["value"], numbers_from_json(row["metrics"]), row["attempt"], row["at"])
