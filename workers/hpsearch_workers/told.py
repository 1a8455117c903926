"""What an objective got, reports and returns, as it travels between supervisor and training process."""

from collections.abc import Mapping
from operator import index
from typing import Any, TypeVar

from hpsearch.errors import InvalidInput
from hpsearch.trial import Checkpoint
from hpsearch.validation import parse
from hpsearch.wire.verbs import Lease, ReportItem, TellItem, Work
from hpsearch_workers.objective import Outcome, Reporter, TrialRun

Item = TypeVar("Item", ReportItem, TellItem)


def trial_run(lease: Lease, work: Work, reporter: Reporter) -> TrialRun:
    """The trial of a lease, as an objective sees it."""
    return TrialRun(
        study=lease.study,
        objective=work.objective,
        number=lease.trial,
        attempt=lease.attempt,
        params=lease.params,
        settings=work.settings,
        seed=lease.seed,
        metric=work.metric,
        direction=work.direction,
        reporter=reporter,
        resume=None if lease.resume is None else Checkpoint(lease.resume.ref, lease.resume.step),
    )


def report(
    lease: str, step: int, value: float, metrics: Mapping[str, float], checkpoint: Checkpoint | None = None
) -> ReportItem:
    """A report; raises ValueError where these cannot be reported, which is the objective's fault."""
    item = {"lease": lease, "step": index(step), "value": value, "metrics": _numbers(metrics)}
    return _told(ReportItem, item | {"checkpoint": named(checkpoint)})


def completed(lease: str, trial: TrialRun, outcome: Outcome, checkpoint: Checkpoint | None, seconds: float) -> TellItem:
    """The end of a training; `seconds` are its device time where the outcome says none. Raises TypeError, ValueError."""
    if len(outcome.values) != len(trial.metrics):
        wanted, found = ", ".join(trial.metrics), len(outcome.values)
        raise TypeError(f"the objective returned {found} value(s), the study needs one each of: {wanted}")
    item = {
        "lease": lease,
        "state": "completed",
        "values": tuple(float(value) for value in outcome.values),
        "metrics": _numbers(outcome.metrics),
        "best_step": outcome.best_step,
        "checkpoint": named(checkpoint),
        "artifacts": dict(outcome.artifacts),
        "trace": None if outcome.trace is None else dict(outcome.trace),
        "device_seconds": seconds if outcome.device_seconds is None else outcome.device_seconds,
    }
    return _told(TellItem, item)


def named(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    """A checkpoint on the wire."""
    return None if checkpoint is None else {"ref": checkpoint.ref, "step": checkpoint.step}


def _numbers(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _told(model: type[Item], item: dict[str, Any]) -> Item:
    try:
        return parse(model, item)
    except InvalidInput as error:
        raise ValueError(str(error)) from None
