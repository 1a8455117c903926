"""One trial in full: its parameters, its values, its attempts, and its curve."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hpsearch.cli import curve, formats, output

if TYPE_CHECKING:
    from hpsearch.client import Client
    from hpsearch.study import Study
    from hpsearch.wire.trials import ReportView, TrialDetail, TrialView


def headline(trial: "TrialView", metrics: Sequence[str]) -> str:
    """`trial 12, completed: val_loss 0.0812 at step 17`."""
    told = ", ".join(f"{name} {formats.value(found)}" for name, found in zip(metrics, trial.values or (), strict=False))
    step = "" if trial.best_step is None else f" at step {trial.best_step}"
    return f"trial {trial.number}, {trial.state.value}" + (f": {told}{step}" if told else "")


def show(client: "Client", study: "Study", detail: "TrialDetail") -> None:
    """Writes the trial, its curve read from the server."""
    output.line(headline(detail, study.metrics))
    output.fields([(name, formats.value(found)) for name, found in detail.params.items()], indent="  ")
    others = {name: found for name, found in detail.metrics.items() if name not in study.metrics}
    if others:
        output.line()
        output.fields([(name, formats.value(found)) for name, found in others.items()], indent="  ")
    if detail.error is not None:
        output.line()
        output.line(f"  {detail.error.reason}: {detail.error.message}")
    _curve(list(client.reports(detail.study, detail.number)), study.metrics[0])


def attempts(detail: "TrialDetail") -> None:
    """Writes one row an attempt; of a failed trial also what each one failed of."""
    output.table(
        ("attempt", "worker", "host", "started", "ended", "end", "decision", "error"),
        [
            (
                str(one.number),
                one.worker,
                formats.value(one.host),
                formats.time(one.started_at),
                formats.time(one.ended_at),
                one.end.value if one.end else formats.NOTHING,
                one.decision.value,
                one.error.reason if one.error else formats.NOTHING,
            )
            for one in detail.history
        ],
        right=("attempt",),
    )
    if detail.state.value != "failed":
        return
    failed = [(one, one.error) for one in detail.history if one.error is not None]
    if failed:
        output.line()
    for one, error in failed:
        place = one.worker if one.host is None else f"{one.worker} on {one.host}"
        output.line(f"  attempt {one.number}, {place}: {error.reason}: {error.message}")


def _curve(reports: list["ReportView"], metric: str) -> None:
    lines = curve.plot([(report.step, report.value) for report in reports]) if len(reports) > 1 else []
    if lines and output.can_write("".join(lines)):
        output.line()
        output.line(f"  {metric} by step")
        for drawn in lines:
            output.line(f"  {drawn}")
