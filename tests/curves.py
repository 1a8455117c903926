"""Curves made for tests: of trainings that go well, and with each fault."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hpsearch.analysis.advice import Curve
from hpsearch.analysis.table import Floats
from hpsearch.study import Direction

LENGTHS = (10, 16, 30, 100, 1000)


def curve_of(
    values: Sequence[float] | Floats,
    *,
    metric: str = "val_loss",
    direction: str = "minimize",
    completed: bool = True,
    trial: int = 0,
    **others: Sequence[float] | Floats,
) -> Curve:
    """A curve of these values at steps 1, 2, ..., with further metrics by name."""
    columns = {name: np.array(column, dtype=np.float64) for name, column in {metric: values, **others}.items()}
    return Curve(trial, np.arange(1.0, len(columns[metric]) + 1), columns, Direction(direction), completed)


def noisy(values: Floats, noise: float, seed: int) -> Floats:
    """With white noise of this standard deviation, as a share of the values' range."""
    return values + noise * float(np.ptp(values)) * np.random.default_rng(seed).normal(size=len(values))


def _time(number: int) -> Floats:
    return np.linspace(0.0, 1.0, number)


def decay(number: int, constants: float = 6.0) -> Floats:
    """Falls exponentially from 2.3 to 0.1, for so many time constants."""
    return 0.1 + 2.2 * np.exp(-constants * _time(number))


def warm_up(number: int) -> Floats:
    """Falls faster and faster for a tenth of the steps, then as `decay`."""
    time = _time(number)
    area = np.where(time < 0.1, time**2 / 0.2, time - 0.05)
    return 0.1 + 2.2 * np.exp(-7.0 * area)


def step_decay(number: int) -> Floats:
    """Falls to a level, and to a lower one each time the learning rate drops, after a third and two thirds."""
    time = _time(number)
    falls = [(0.0, 1.5), (1 / 3, 0.4), (2 / 3, 0.2)]
    return 2.3 - sum(height * (1.0 - np.exp(-30.0 * np.clip(time - at, 0.0, None))) for at, height in falls)


def power_law(number: int) -> Floats:
    """Falls as language models' losses do."""
    return 1.0 + 3.0 * (1.0 + 50.0 * _time(number)) ** -0.8


CLEAN: Mapping[str, Callable[[int], Floats]] = {
    "decay": decay,
    "fast decay": lambda number: decay(number, 40.0),
    "warm-up": warm_up,
    "step decay": step_decay,
    "power law": power_law,
}
"""Trainings that go well and to their end, as losses."""


def plateau(number: int, share: float) -> Floats:
    """Rests at 2.3 for that share of the steps, then falls."""
    return 0.2 + 2.1 / (1.0 + np.exp(np.clip(60.0 * (_time(number) - share - 0.06), -50.0, 50.0)))


def over_fitted(number: int, best_at: float, rise: float) -> Floats:
    """Falls to 0.3 until `best_at`, a share of the steps, then rises evenly by `rise`."""
    time = _time(number)
    return 0.3 + 2.0 * np.exp(-8.0 * time / best_at) + rise * np.clip((time - best_at) / (1.0 - best_at), 0.0, None)


def waves(number: int, swing: float, period: float) -> Floats:
    """As `decay`, with a wave from top to bottom of `swing`, every `period` values."""
    return decay(number) + swing / 2.0 * np.cos(2.0 * np.pi * np.arange(number) / period)


def with_spikes(number: int, height: float, places: Sequence[int]) -> Floats:
    """As `decay`, with spikes one value wide."""
    values = decay(number)
    values[list(places)] += height
    return values


def diverged(number: int, best_at: float, end: float) -> Floats:
    """Falls from 2.3 to 0.3 until `best_at`, then rises to `end` within a tenth of the steps."""
    time = _time(number)
    risen = 1.0 - np.exp(-20.0 * np.clip(time - best_at, 0.0, None))
    return np.where(time < best_at, 0.3 + 2.0 * np.exp(-5.0 * time / best_at), 0.3 + (end - 0.3) * risen)
