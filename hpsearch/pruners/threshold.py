"""Thresholds: values that no trial recovers from."""

from collections.abc import Sequence
from typing import ClassVar

from hpsearch.pruners.base import History, Pruner, first_in_interval
from hpsearch.study import ThresholdPruner


class Threshold(Pruner):
    """Stops a trial whose value lies outside [lower, upper] or is NaN; infinities lie outside the side that is bounded."""

    compares: ClassVar[bool] = False

    def __init__(self, settings: ThresholdPruner) -> None:
        self._settings = settings

    def rung(self, step: int, previous: int | None) -> int | None:
        """The first report of every interval after the warm-up."""
        return first_in_interval(step, previous, self._settings.n_warmup_steps, self._settings.interval_steps)

    def stops(self, rung: int, history: History, others: Sequence[float]) -> str | None:
        """When the last value is outside."""
        value = history[-1][1]
        lower, upper = self._settings.lower, self._settings.upper
        if value != value:
            return "threshold: not a number"
        if lower is not None and value < lower:
            return f"threshold: below {lower}"
        if upper is not None and value > upper:
            return f"threshold: above {upper}"
        return None
