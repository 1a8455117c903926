"""The tables of `top`: studies, workers, hosts with failures, rungs."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hpsearch.cli import formats, pace
from hpsearch.cli.progress import total_trials
from hpsearch.cli.top.grid import Column, Table
from hpsearch.cli.workers import failures_by_host

if TYPE_CHECKING:
    from hpsearch.wire.costs import RungView
    from hpsearch.wire.status import WorkerStatus
    from hpsearch.wire.studies import StudyView, WorkerView

GIB = 2**30
_STATE_STYLES = {"active": "green", "paused": "yellow", "finished": "dim"}
_STUDY = (
    Column("study"),
    Column("state", 1),
    Column("done", 1, right=True),
    Column("share", 6, right=True),
    Column("left", 3, right=True),
    Column("best", 2, right=True),
    Column("trials/min", 5, right=True),
    Column("running", 4, right=True),
    Column("queued", 8, right=True),
    Column("paused", 9, right=True),
    Column("completed", 9, right=True),
    Column("pruned", 7, right=True),
    Column("failed", 4, right=True),
    Column("cancelled", 10, right=True),
)
_WORKER = (
    Column("worker"),
    Column("heard", 2, right=True),
    Column("leases", 3, right=True),
    Column("lanes", 1, right=True),
    Column("occupied", 4, right=True),
    Column("trials/min", 5, right=True),
    Column("GPU memory", 6, right=True, optional=True),
    Column("GPU use", 5, right=True, optional=True),
    Column("failed", 3, right=True),
    Column("elsewhere", 9, right=True),
    Column("host", 8),
    Column("device", 9),
    Column("trains (trial@step)", 1, least=30),
)
_HOST = (
    Column("host"),
    Column("failed", right=True),
    Column("completed elsewhere", 1, right=True),
    Column("", 2, least=20),
)
_RUNG = tuple(Column(name, right=True) for name in ("rung", "reached", "stopped")) + tuple(
    Column(name, 1, right=True) for name in ("least", "greatest")
)


def studies(found: "Sequence[StudyView]", chosen: str | None = None) -> Table:
    """A row a study; where one is chosen, a mark is before its name."""
    marks = ["" if chosen is None else "> " if view.name == chosen else "  " for view in found]
    rows = [(mark + view.name, *_study(view)) for mark, view in zip(marks, found, strict=True)]
    return Table(_STUDY, rows, [_STATE_STYLES[view.state.value] for view in found])


def _study(view: "StudyView") -> list[str]:
    counts, total, left = view.counts, total_trials(view), pace.seconds_left(view)
    per_minute = pace.trials_per_minute(view)
    states = ("running", "queued", "paused", "completed", "pruned", "failed", "cancelled")
    return [
        view.state.value + (f": {view.reason}" if view.reason else ""),
        f"{counts.final}/{total}" if total is not None else str(counts.final),
        formats.percent(pace.share(view)),
        formats.NOTHING if left is None else formats.ago(left),
        formats.value(view.best_value),
        _number(per_minute),
        *(str(getattr(counts, state)) for state in states),
    ]


def workers(found: "Sequence[WorkerView]", now: datetime) -> Table:
    """A row a worker. Its leases are what the server counts; all else it told with its last renewal."""
    from hpsearch.wire.status import WorkerStatus

    return Table(_WORKER, [_worker(view, WorkerStatus.read(view.status), now) for view in found])


def _worker(view: "WorkerView", told: "WorkerStatus", now: datetime) -> list[str]:
    lanes = formats.NOTHING if told.lanes is None else f"{told.busy or 0}/{told.lanes}"
    used = [device.utilisation_percent for device in told.device_memory if device.utilisation_percent is not None]
    return [
        view.name,
        formats.ago((now - view.last_seen).total_seconds()),
        str(view.open_leases),
        lanes,
        formats.percent(told.occupancy),
        _number(told.trials_per_minute),
        _memory(told),
        formats.percent(sum(used) / len(used) / 100) if used else formats.NOTHING,
        str(view.failed),
        str(view.completed_elsewhere),
        told.host or formats.NOTHING,
        told.device or told.platform or formats.NOTHING,
        training(told),
    ]


def training(told: "WorkerStatus") -> str:
    """`digits 17@4 18@0 +3`: by study the trials that its lanes train, each with the last step reported, and how many there was no room for."""
    words = [
        f"{study} {' '.join(f'{number}@{step}' for number, step in sorted(trials))}"
        for study, trials in sorted(told.training.items())
    ]
    return "  ".join([*words, *([f"+{told.training_left_out}"] if told.training_left_out else [])])


def _memory(told: "WorkerStatus") -> str:
    if not told.device_memory:
        return formats.NOTHING
    used = sum(device.used_bytes for device in told.device_memory)
    total = sum(device.total_bytes for device in told.device_memory)
    return f"{used / GIB:.1f}/{total / GIB:.1f} GiB"


def hosts(found: "Sequence[WorkerView]") -> Table:
    """A row a host with failures, with what makes it suspect."""
    listed = failures_by_host(found)
    rows = [(one.host, str(one.failed), str(one.completed_elsewhere), one.suspicion or "") for one in listed]
    return Table(_HOST, rows, ["red" if one.suspicion else "" for one in listed])


def rungs(found: "Sequence[RungView]") -> Table:
    """A row a rung."""
    rows = [
        (str(one.rung), str(one.reached), str(one.stopped), formats.value(one.least), formats.value(one.greatest))
        for one in found
    ]
    return Table(_RUNG, rows)


def _number(found: float | None) -> str:
    return formats.NOTHING if found is None else f"{found:.3g}"
