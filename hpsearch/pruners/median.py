"""The median rule (Golovin et al., Google Vizier, 2017)."""

from collections.abc import Sequence
from typing import ClassVar

from hpsearch.pruners.base import History, Pruner, Ranked, best, first_in_interval, ranked
from hpsearch.study import Direction, MedianPruner


class Median(Pruner):
    """Stops a trial whose best value so far is worse than the median of the others' values at the same step.

    A NaN is worse than every number, the infinities included; a trial that reported nothing else is stopped as soon as there is a
    median. Where the median is undefined (halfway between both infinities) nothing is stopped.
    """

    compares: ClassVar[bool] = True

    def __init__(self, settings: MedianPruner, direction: Direction) -> None:
        self._settings = settings
        self._direction = direction

    def rung(self, step: int, previous: int | None) -> int | None:
        """The first report of every interval after the warm-up."""
        return first_in_interval(step, previous, self._settings.n_warmup_steps, self._settings.interval_steps)

    def stops(self, rung: int, history: History, others: Sequence[float]) -> str | None:
        """Once n_startup_trials others (and one at least) have a value at the rung."""
        middle = self.bar(ranked(others, self._direction))
        if middle is None or not self._direction.better(middle, best(history, self._direction)):
            return None
        return f"median at step {rung}"

    def bar(self, values: Ranked) -> float | None:
        """The median; what is compared with it is a trial's best value so far."""
        if len(values) < max(self._settings.n_startup_trials, 1):
            return None
        middle = len(values) // 2
        if len(values) % 2:
            return self._number(values[middle])
        between = (self._number(values[middle - 1]) + self._number(values[middle])) / 2
        return between if between == between else None

    def _number(self, value: float) -> float:
        # A NaN among the others can only be placed at the worst end, where it moves the median as a bad value does.
        return value if value == value else self._direction.worst
