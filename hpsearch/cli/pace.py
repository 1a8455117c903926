"""How fast a study goes and when it ends, from its accounts alone: the figures that the dashboard shows too."""

from typing import TYPE_CHECKING

from hpsearch.cli.progress import total_trials

if TYPE_CHECKING:
    from hpsearch.wire.studies import StudyView

LEAST_TRIALS, LEAST_SECONDS = 3, 5.0
"""Below so many finished trials, or seconds, nobody can say how fast a study is."""


def trials_per_minute(view: "StudyView") -> float | None:
    """Finished trials in a minute of the study's active time; None while it cannot be said."""
    if view.counts.final < LEAST_TRIALS or view.active_seconds < LEAST_SECONDS:
        return None
    return 60 * view.counts.final / view.active_seconds


def seconds_left(view: "StudyView") -> float | None:
    """Seconds until an active study's budget is spent, at the pace so far; None while it cannot be said."""
    if view.state.value != "active":
        return None
    bounds: list[float] = []
    total, pace = total_trials(view), trials_per_minute(view)
    if total is not None and pace is not None:
        bounds.append(60 * max(total - view.counts.final, 0) / pace)
    if view.definition.budget.max_seconds is not None:
        bounds.append(max(view.definition.budget.max_seconds - view.active_seconds, 0.0))
    return min(bounds, default=None)


def share(view: "StudyView") -> float | None:
    """How much of the budget is spent, 0 to 1: of the limit that ends it first; None without a limit."""
    shares: list[float] = []
    total, most = total_trials(view), view.definition.budget.max_seconds
    if total:
        shares.append(view.counts.final / total)
    if most is not None:
        shares.append(view.active_seconds / most)
    return min(max(shares), 1.0) if shares else None
