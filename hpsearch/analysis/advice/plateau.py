"""A plateau: a training that gets better late, or never."""

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, Levels, levels, step

WAIT = 0.2
"""Share of the curve that the plateau takes. A warm-up of the learning rate takes up to a tenth, and is no fault."""
FEWEST_WAITING = 5
"""Values of the plateau."""
MOVED = 0.1
"""Share of the gain at which the plateau has ended."""
FAR = 0.5
"""Share of the gain that follows sooner than the plateau took; a steady curve takes four times as long for it."""
ERRORS = 6.0
"""Standard errors of a level that the gain must be. More than 4: the best level is the least of many."""
FLAT = 0.02
"""Share of the largest magnitude within which a curve that never moves stays."""


def plateau(curve: Curve) -> Advice | None:
    """Whether the metric hardly moved for a good part of the training, at its start or all along."""
    seen = levels(curve)
    if seen is None:
        return None
    if _never_moves(seen):
        return _advice(
            curve,
            "The training never gets better",
            f"{curve.metric} stays between {seen.values.min():.4g} and {seen.values.max():.4g} for {len(seen)} reports.",
        )
    if seen.gain <= ERRORS * seen.error:
        return None
    # What a noisy curve once reached, it has reached: the running minimum leaves the plateau for good.
    reached = (seen.start - np.minimum.accumulate(seen.smooth)) / seen.gain
    moved, far = int(np.argmax(reached >= MOVED)), int(np.argmax(reached >= FAR))
    if moved < max(FEWEST_WAITING, WAIT * len(seen)) or far - moved > moved:
        return None
    return _advice(
        curve,
        "The training waits on a plateau",
        f"{curve.metric} hardly moves until step {step(seen.steps[moved])} of {step(seen.steps[-1])}, then goes from "
        f"{seen.value(seen.start):.4g} to {seen.value(seen.best):.4g}.",
    )


def _never_moves(seen: Levels) -> bool:
    """Whether the whole curve is flat, and what moves in it has no direction."""
    if float(np.ptp(seen.costs)) > FLAT:
        return False
    third = len(seen) // 3
    change = abs(float(np.median(seen.costs[:third]) - np.median(seen.costs[-third:])))
    return change <= 2.0 * seen.noise


def _advice(curve: Curve, title: str, detail: str) -> Advice:
    return Advice(
        code=Code.PLATEAU,
        severity=Severity.WARNING,
        title=title,
        detail=detail,
        action="Raise the learning rate, or start from other weights (initializer: he_uniform for relu, glorot_uniform for the others); "
        "deep sigmoid and tanh networks need batch_norm, or relu instead.",
        count=1,
        trials=(curve.trial,),
    )
