"""An axis of a drawing in the terminal: where a number is along it, linear or logarithmic."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log10
from typing import Self

AUTO_RATIO = 10.0
"""From this ratio of the greatest to the least number on, an axis that may choose is logarithmic."""
MIDDLE_ROWS = 10
"""From so many rows on, the middle is labelled too."""


class Scale(StrEnum):
    """How an axis is divided."""

    AUTO = "auto"  # logarithmic where all numbers are positive and span more than a decade
    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, both finite, low <= high; logarithmic only where both are positive."""

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], scale: Scale = Scale.LINEAR) -> Self | None:
        """The axis that holds the finite ones of these numbers, of a logarithmic one those above 0; None where there are none."""
        finite = [value for value in values if isfinite(value)]
        if scale is Scale.LOG:
            finite = [value for value in finite if value > 0]
        if not finite:
            return None
        low, high = min(finite), max(finite)
        return cls(low, high, scale is Scale.LOG or (scale is Scale.AUTO and low > 0 and high / AUTO_RATIO > low))

    def holds(self, value: float) -> bool:
        """Whether there is a place for it."""
        return isfinite(value) and self.low <= value <= self.high

    def share(self, value: float) -> float:
        """Where a number that it holds is, from 0 (low) to 1 (high); 0.5 on an axis of one number."""
        if self.is_log:
            low, high, value = log10(self.low), log10(self.high), log10(value)
        else:  # Halves keep the differences of very large numbers finite.
            low, high, value = self.low / 2, self.high / 2, value / 2
        return (value - low) / (high - low) if high > low else 0.5

    def value(self, share: float) -> float:
        """The number at a share."""
        # Rounding may lead beyond an end.
        return min(max(self._between(share), self.low), self.high)

    def _between(self, share: float) -> float:
        if self.is_log:
            root = 10 ** (log10(self.low) * (1 - share) / 2 + log10(self.high) * share / 2)
            return float(root * root)  # the power itself may be beyond all numbers
        return self.low * (1 - share) + self.high * share

    def labels(self, rows: int) -> dict[int, str]:
        """What is written beside an upright axis of so many rows, by row from the top."""
        if not self.high > self.low:
            return {rows // 2: f"{self.low:.4g}"}
        labels = {0: f"{self.high:.4g}", rows - 1: f"{self.low:.4g}"}
        if rows >= MIDDLE_ROWS:
            middle = rows // 2
            labels[middle] = f"{self.value(1 - middle / (rows - 1)):.3g}"
        return labels
