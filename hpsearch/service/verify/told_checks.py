"""I5 for the end of an attempt: what is stored of it, field by field, against what its tell said."""

from collections.abc import Iterator
from typing import Any

from hpsearch.service.life import Ending
from hpsearch.service.verify.client_logs import mark_of, text_of
from hpsearch.service.verify.replay import Finding
from hpsearch.service.verify.violation import Invariant
from hpsearch.storage.audit import TrialRecord
from hpsearch.trial import Attempt, End, TrialState

LONGEST_SHOWN = 200
_OF_ATTEMPT = ("end", "error", "best_step", "device_seconds", "trace")
_OF_TRIAL = {TrialState.COMPLETED: ("values", "metrics", "best_step"), TrialState.PRUNED: ("metrics",)}
"""What the end of its last attempt gives a trial besides a pruned one's value, which is that of a report."""
_NOT_TOLD = Ending(End.EXPIRED, "")


def check_told(record: TrialRecord, attempt: Attempt, ending: Ending | None) -> Iterator[Finding]:
    """All findings about one attempt; `ending` is what its tell said, None where nothing was told."""
    for name, stored, told in _fields(record, attempt, ending or _NOT_TOLD):
        if text_of(stored) != text_of(told) and not (name == "end" and ending is None):
            message = f"told {_shown(told)} as its {name}; stored is {_shown(stored)}"
            yield Invariant.I5, attempt.number, None, message
    artifacts = ending.artifacts if ending else {}
    stored_by = {artifact.name: artifact for artifact in record.artifacts}
    for name, mark in artifacts.items():
        artifact = stored_by.get(name)
        if artifact is None or artifact.attempt < attempt.number:
            yield Invariant.I5, attempt.number, None, f"its artifact {name} was told, but is not stored"
        elif artifact.attempt == attempt.number and mark_of(artifact.content) != mark:
            yield Invariant.I5, attempt.number, None, f"its artifact {name} is another than was told"
    for artifact in record.artifacts:
        if artifact.attempt == attempt.number and artifact.name not in artifacts:
            yield Invariant.I5, attempt.number, None, f"its artifact {artifact.name} was never told"


def _fields(record: TrialRecord, attempt: Attempt, ending: Ending) -> Iterator[tuple[str, Any, Any]]:
    """Names, what is stored, and what was told."""
    for name in _OF_ATTEMPT:
        yield name, getattr(attempt, name), getattr(ending, name)
    trial = record.trial
    if attempt.number == trial.attempts and trial.values is not None:
        for name in _OF_TRIAL.get(trial.state, ()):
            yield f"trial's {name}", getattr(trial, name), getattr(ending, name)


def _shown(value: Any) -> str:
    text = text_of(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
