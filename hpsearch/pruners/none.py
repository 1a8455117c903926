"""No pruning."""

from collections.abc import Sequence
from typing import ClassVar

from hpsearch.pruners.base import History, Pruner


class Never(Pruner):
    """Every trial runs to its end."""

    compares: ClassVar[bool] = False

    def rung(self, step: int, previous: int | None) -> None:
        """No report is judged."""
        return

    def stops(self, rung: int, history: History, others: Sequence[float]) -> None:
        """Never."""
        return
