"""Oscillation: a curve that goes up and down instead of down."""

from math import sqrt

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, Levels, deviation, levels
from hpsearch.analysis.table import Floats

FEWEST_POINTS = 20
SWING = 0.2
"""Standard deviation of the values about their running mean, as a share of the gain, from which a curve oscillates."""
REGULAR_SWING = 0.05
"""Half the swing of a regular wave, likewise."""
LEAST = 0.03
"""Standard deviation (or half the wave's swing) as a share of the largest magnitude: less is the noise of any training."""
BY_CHANCE = 1e-4
"""Probability that white noise has a wave as strong."""
FEWEST_WAVES = 4
REGULAR = 0.3
"""Share of the variance about the running mean that the wave has."""


def oscillation(curve: Curve) -> Advice | None:
    """Whether the values swing about their running mean, after the first quarter, as far as is worth mention beside the gain."""
    seen = levels(curve)
    if seen is None or len(seen) < FEWEST_POINTS:
        return None
    rest = _swings(seen)
    spread = deviation(np.abs(rest))
    wave, period = _wave(rest, spread)
    if spread >= max(SWING * seen.gain, LEAST):
        how = (
            f"The values of {curve.metric} lie {spread * seen.scale:.4g} (standard deviation) about their running mean"
        )
    elif wave >= max(REGULAR_SWING * seen.gain, LEAST):
        how = f"{curve.metric} goes up and down by {2 * wave * seen.scale:.4g} every {period:.1f} reports"
    else:
        return None
    return Advice(
        code=Code.OSCILLATION,
        severity=Severity.WARNING,
        title="The curve oscillates",
        detail=f"{how}; all that the training gained is {seen.gain * seen.scale:.4g}.",
        action="Lower the learning rate or let it decay (schedule: cosine), lower the momentum, or raise batch_size.",
        count=1,
        trials=(curve.trial,),
    )


def _swings(seen: Levels) -> Floats:
    """The values less their running mean, without the first quarter, where curves are steep."""
    # The mean, since the median of an odd number of values follows a wave of two values.
    return (seen.costs - _running_mean(seen.costs, max(len(seen) // 16, 2)))[len(seen) // 4 :]


def _running_mean(values: Floats, half: int) -> Floats:
    """The mean of each value with `half` neighbours on both sides, towards the ends with as many as there are on both."""
    places = np.arange(len(values))
    reach = np.minimum(np.minimum(places, places[::-1]), half)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((sums[places + reach + 1] - sums[places - reach]) / (2 * reach + 1), dtype=np.float64)


def _wave(rest: Floats, spread: float) -> tuple[float, float]:
    """Half the swing of the strongest wave and its length in values; (0, 0) where noise could have it.

    Fisher (1929): the largest of m ordinates of the periodogram of white noise has more than the share g of their sum with a
    probability of at most m (1 - g)^(m - 1).
    """
    # Single spikes are no wave.
    held = np.clip(rest - np.median(rest), -3.0 * spread, 3.0 * spread)
    powers = np.abs(np.fft.rfft(held))[1:] ** 2
    total = float(powers.sum())
    if total <= 0.0:
        return 0.0, 0.0
    peak = int(np.argmax(powers))
    largest = float(powers[peak]) / total
    # A wave between two ordinates has its power in both.
    share = float(powers[max(peak - 1, 0) : peak + 2].sum()) / total
    if peak + 1 < FEWEST_WAVES or share < REGULAR:
        return 0.0, 0.0
    if len(powers) * (1.0 - largest) ** (len(powers) - 1) > BY_CHANCE:
        return 0.0, 0.0
    return float(np.std(held)) * sqrt(2.0 * share), len(rest) / (peak + 1)
