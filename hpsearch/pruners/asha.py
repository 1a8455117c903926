"""Asynchronous successive halving, stopping form (Li et al., A System for Massively Parallel Hyperparameter Tuning, 2020)."""

from collections.abc import Sequence
from math import nan
from typing import ClassVar

from hpsearch.pruners.base import History, Pruner, Ranked
from hpsearch.study import AshaPruner, Direction


class Asha(Pruner):
    """At each rung min_resource * reduction_factor**k, the best 1/reduction_factor of all that came so far goes on.

    Of n trials at a rung, this one included, max(1, n // reduction_factor) places go on: until there are reduction_factor of
    them, only the best so far. Ties go on. A NaN is stopped at the first rung it meets, whatever the others have.

    A report stands for the highest rung at or below its step that the trial had not reached before; rungs that it leaps over do not
    see it. The values of a rung may so come from different steps at or after it; a trial that reports more rarely than the rungs lie
    is judged with a little more training than those beside it.
    """

    compares: ClassVar[bool] = True

    def __init__(self, settings: AshaPruner, direction: Direction) -> None:
        self._first = settings.min_resource
        self._factor = settings.reduction_factor
        self._direction = direction

    def rung(self, step: int, previous: int | None) -> int | None:
        """The highest rung up to `step`, unless `previous` had reached it."""
        if step < self._first:
            return None
        rung = self._first
        while rung * self._factor <= step:
            rung *= self._factor
        return rung if previous is None or previous < rung else None

    def stops(self, rung: int, history: History, others: Sequence[float]) -> str | None:
        """Unless the value is among the best of its rung."""
        value = history[-1][1]
        places = max(1, (len(others) + 1) // self._factor)
        better = sum(self._direction.better(other, value) for other in others)
        if value == value and better < places:
            return None
        return f"asha rung {rung}"

    def bar(self, values: Ranked) -> float | None:
        """The last of the best that go on, while there are so many."""
        places = max(1, (len(values) + 1) // self._factor)
        last = values[places - 1] if len(values) >= places else nan
        return last if last == last else None
