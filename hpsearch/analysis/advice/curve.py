"""The curve of a trial, and the levels in it that its rules compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hpsearch.analysis.table import Floats
from hpsearch.study import Direction

FEWEST_POINTS = 10
"""Finite values without which no rule but that of values that are not finite says anything."""
WIDEST = 101
"""Values of the widest running median: the work is the curve's length times this."""
PARTNERS = {f"{prefix}_": "train_" for prefix in ("val", "valid", "validation", "test", "eval")}
"""Beginnings of the names of metrics that are validated, and that of the same metric on the training data."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a trial reported, in the order of its steps.

    `columns` has an array as long as `steps` for each metric by name, NaN where a report lacks it; the study's metric is the first,
    and `direction` says which of its values are better. `completed`: whether the training came to its own end, so that its last
    value says how far it got.
    """

    trial: int
    steps: Floats
    columns: Mapping[str, Floats]
    direction: Direction
    completed: bool = True

    @property
    def metric(self) -> str:
        """The study's metric."""
        return next(iter(self.columns))

    @property
    def partner(self) -> str | None:
        """The study's metric as it is on the training data; None where that was not reported, or is the study's metric itself."""
        for prefix, trained in PARTNERS.items():
            if self.metric.startswith(prefix) and (name := trained + self.metric.removeprefix(prefix)) in self.columns:
                return name
        return None


@dataclass(frozen=True, slots=True)
class Levels:
    """A curve without what is not finite, where less is better, divided by `scale`, its largest magnitude: numbers in [-1, 1].

    `smooth` is the running median; `noise` the standard deviation of a point about the line through its neighbours, of white noise
    the true one, and `error` that of `smooth` by it. `start` is the first value, `best` the least of `smooth`, at the place `best_at`,
    and `end` the median of the last values.
    """

    steps: Floats
    values: Floats
    scale: float
    sign: float
    costs: Floats
    smooth: Floats
    noise: float
    error: float
    start: float
    best: float
    best_at: int
    end: float

    def __len__(self) -> int:
        return len(self.costs)

    def value(self, level: float) -> float:
        """A level as it was reported; `sign` is -1 where more is better."""
        return self.sign * self.scale * level

    @property
    def gain(self) -> float:
        """What the training gained, from the first value to the best level; never negative."""
        return self.start - self.best

    @property
    def lost(self) -> float:
        """What was lost again after the best level; never negative."""
        return max(self.end - self.best, 0.0)


def levels(curve: Curve, metric: str | None = None) -> Levels | None:
    """The levels of a metric, the study's unless another is named; None with fewer than FEWEST_POINTS finite values."""
    column = curve.columns[metric or curve.metric]
    finite = np.isfinite(column)
    values = column[finite]
    if len(values) < FEWEST_POINTS:
        return None
    sign = 1.0 if curve.direction is Direction.MINIMIZE else -1.0
    # Divided first: differences of the largest floats overflow.
    scale = float(np.abs(values).max()) or 1.0
    costs = sign * values / scale
    window = min(max(len(costs) // 15, 3), WIDEST)
    smooth = running_median(costs, window)
    best_at = int(np.argmin(smooth))
    # The second difference of a straight line is 0, and that of white noise has 6 times its variance.
    noise = deviation(np.abs(costs[:-2] - 2.0 * costs[1:-1] + costs[2:])) / sqrt(6.0)
    return Levels(
        steps=curve.steps[finite],
        values=values,
        scale=scale,
        sign=sign,
        costs=costs,
        smooth=smooth,
        noise=noise,
        error=1.2533 * noise / sqrt(window),  # of a median, sqrt(pi / 2) times that of the mean
        start=max(float(costs[0]), float(smooth[best_at])),
        best=float(smooth[best_at]),
        best_at=best_at,
        end=float(np.median(costs[-max(len(costs) // 10, 3) :])),
    )


def running_median(values: Floats, window: int) -> Floats:
    """The median of `window` neighbours (the next odd number) around each value; towards the ends of as many as there are on both sides."""
    half = min(window // 2, (len(values) - 1) // 2)
    inner = np.median(sliding_window_view(values, 2 * half + 1), axis=1)
    left = [float(np.median(values[: 2 * place + 1])) for place in range(half)]
    right = [float(np.median(values[-2 * place - 1 :])) for place in reversed(range(half))]
    return np.concatenate([left, inner, right])


def deviation(magnitudes: Floats) -> float:
    """The standard deviation of normal numbers with these magnitudes, by their median: a few far ones do not move it."""
    return 1.4826 * float(np.median(magnitudes)) if len(magnitudes) else 0.0


def step(number: float) -> str:
    """A step as text."""
    return f"{number:.10g}"
