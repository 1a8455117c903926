"""Patience: no improvement for too long."""

from collections.abc import Sequence
from typing import ClassVar

from hpsearch.pruners.base import History, Pruner
from hpsearch.study import Direction, PatiencePruner


class Patience(Pruner):
    """Stops a trial at the `patience`-th report in a row that does not improve on its best by more than min_delta.

    A NaN never improves, and every number improves on a NaN.
    """

    compares: ClassVar[bool] = False

    def __init__(self, settings: PatiencePruner, direction: Direction) -> None:
        self._patience = settings.patience
        self._margin = -settings.min_delta if direction is Direction.MINIMIZE else settings.min_delta
        self._direction = direction

    def rung(self, step: int, previous: int | None) -> int:
        """Every report is judged."""
        return step

    def stops(self, rung: int, history: History, others: Sequence[float]) -> str | None:
        """When the last `patience` reports brought nothing."""
        best = float("nan")
        stale = 0
        for _, value in history:
            if self._direction.better(value, best + self._margin):
                best, stale = value, 0
            else:
                stale += 1
        return f"patience {self._patience}" if stale >= self._patience else None
