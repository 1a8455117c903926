"""Spikes at equal distances: something happens every so many steps."""

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, Levels, deviation, levels, running_median, step
from hpsearch.analysis.table import Places

FEWEST_POINTS = 16
"""Four spikes, four values apart."""
FEWEST_SPIKES = 4
LEAST_DISTANCE = 4
"""Values from spike to spike; nearer ones are an oscillation."""
HEIGHT = 0.1
"""Of a spike, as a share of what the training gained."""
NOISES = 6.0
"""Standard deviations of the other values that a spike must be."""
UNEVEN = 0.1
"""How far a distance may be from the median one, as a share of it; one value always."""
WIDEST = 3
"""Values of a spike; more are a hill."""


def spikes(curve: Curve) -> Advice | None:
    """Whether the metric has at least FEWEST_SPIKES short upward spikes at equal distances."""
    seen = levels(curve)
    if seen is None or len(seen) < FEWEST_POINTS:
        return None
    found = spike_places(seen)
    gaps = np.diff(found)
    if len(found) < FEWEST_SPIKES or gaps.min() < LEAST_DISTANCE:
        return None
    distance = float(np.median(gaps))
    if np.abs(gaps - distance).max() > max(1.0, UNEVEN * distance):
        return None
    return Advice(
        code=Code.SPIKES,
        severity=Severity.WARNING,
        title="The curve has spikes at equal distances",
        detail=f"{curve.metric} has {len(found)} spikes, one every {distance:.0f} reports: at steps "
        f"{', '.join(step(at) for at in seen.steps[found[:4]])}{', ...' if len(found) > 4 else ''}.",
        action=f"Look for what happens every {distance:.0f} reports: a restart of the learning-rate schedule, a part of the data with other "
        "samples, a checkpoint that is restored without the optimizer's state. Clipping the gradient (clip_norm) flattens them.",
        count=1,
        trials=(curve.trial,),
    )


def spike_places(seen: Levels) -> Places:
    """The places of the tops of short upward spikes."""
    rest = seen.costs - running_median(seen.costs, 2 * WIDEST + 3)
    high = rest > max(NOISES * deviation(np.abs(rest)), HEIGHT * seen.gain, 1e-9)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(np.int64)))
    runs = [(int(start), int(end)) for start, end in edges.reshape(-1, 2) if end - start <= WIDEST]
    return np.array([start + int(np.argmax(rest[start:end])) for start, end in runs], dtype=np.int64)
