"""The live picture of a search on standard error: a display on a terminal, a line now and then elsewhere."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from hpsearch.cli import formats, output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hpsearch.study import StudyState
    from hpsearch.wire.studies import StudyView
    from hpsearch.wire.trials import TrialView

LINE_SECONDS = 10.0
"""At most one line in this time where there is no terminal."""


class Progress(Protocol):
    """Shows a study as it stands; a context, which clears up what it drew."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def show(self, view: "StudyView", best: "TrialView | None", now: float) -> None:
        """The study and its best trial at the time `now` (seconds of a steady clock)."""
        ...


def progress(began: float) -> Progress:
    """The display that fits standard error; `began` is when the search began here."""
    return LiveProgress(began) if sys.stderr.isatty() else LineProgress(began)


class Estimate:
    """How long a search still takes, from the pace since a trial was first seen to run here; what starting takes is no trial's."""

    def __init__(self, began: float) -> None:
        self.began = began
        self._since: tuple[float, int] | None = None  # when, and how many trials were final then

    def seconds_left(self, view: "StudyView", now: float) -> float | None:
        """Seconds until the budget is spent at the present pace; None while there is no telling."""
        if self._since is None and view.counts.running:
            self._since = now, view.counts.final
        budget = view.definition.budget
        bounds: list[float] = []
        since, before = self._since or (now, view.counts.final)
        done = view.counts.final - before
        total = total_trials(view)
        if total is not None and done > 0:
            bounds.append(max(total - view.counts.final, 0) * (now - since) / done)
        if budget.max_seconds is not None:
            bounds.append(max(budget.max_seconds - view.active_seconds, 0.0))
        return min(bounds, default=None)


def total_trials(view: "StudyView") -> int | None:
    """How many trials there will be; None where no limit tells."""
    known = [limit for limit in (view.definition.budget.max_trials, view.grid_size) if limit is not None]
    return min(known, default=None)


def summary(view: "StudyView") -> str:
    """`12 of 30 trials, 2 running, 3 pruned, 1 failed`."""
    counts, total = view.counts, total_trials(view)
    parts = [f"{counts.final} of {total} trials" if total else f"{counts.final} trials"]
    states = ("running", "queued", "paused", "pruned", "failed", "cancelled")
    parts += [f"{count} {state}" for state in states if (count := getattr(counts, state))]
    return ", ".join(parts)


def best_so_far(view: "StudyView", best: "TrialView | None") -> str:
    """`best val_loss 0.0812 (trial 12: learning_rate=0.01)`."""
    if view.best_trial is None:
        return "no completed trial yet" if not view.counts.completed else f"{view.counts.completed} completed"
    params = f": {formats.params(best.params)}" if best is not None else ""
    return f"best {view.definition.metrics[0]} {formats.value(view.best_value)} (trial {view.best_trial}{params})"


def _timing(estimate: Estimate, view: "StudyView", now: float) -> str:
    left = estimate.seconds_left(view, now)
    running = formats.seconds(now - estimate.began)
    return running if left is None else f"{running}, about {formats.seconds(left)} left"


class LineProgress:
    """A line when the study changed, at most every `LINE_SECONDS`, and when its state did."""

    def __init__(self, began: float) -> None:
        self._estimate = Estimate(began)
        self._state: StudyState | None = None
        self._text = ""
        self._written = 0.0  # seconds of a steady clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def show(self, view: "StudyView", best: "TrialView | None", now: float) -> None:
        """Writes a line, if it is time."""
        text = f"{view.name} {view.state.value}: {summary(view)}; {best_so_far(view, best)}"
        if self._state is view.state and (text == self._text or now - self._written < LINE_SECONDS):
            return
        self._state, self._text, self._written = view.state, text, now
        output.note(f"[{_timing(self._estimate, view, now)}] {text}")


class LiveProgress:
    """A bar and two lines that are drawn anew."""

    def __init__(self, began: float) -> None:
        from rich.console import Console
        from rich.live import Live

        self._estimate = Estimate(began)
        self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, view: "StudyView", best: "TrialView | None", now: float) -> None:
        """Draws the study as it stands."""
        self._live.update(self._drawn(view, best, now))

    def _drawn(self, view: "StudyView", best: "TrialView | None", now: float) -> "RenderableType":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        total = total_trials(view)
        middle = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=total, completed=view.counts.final, width=30, pulse=total is None)
        middle.add_row(bar, Text(summary(view)))
        return Group(
            Text.assemble((view.name, "bold"), f"  {view.state.value}  {_timing(self._estimate, view, now)}"),
            middle,
            Text(best_so_far(view, best), style="green"),
        )
