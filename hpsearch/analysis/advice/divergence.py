"""A training that falls apart: values that are not finite, or everything lost again that was gained."""

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, levels, step

LOST = 0.6
"""Share of the gain that is lost again at the end."""
LOST_ALONE = 0.9
"""Likewise where no curve on the training data tells divergence from over-fitting."""
LEAST = 0.05
"""Share of the curve's largest magnitude that the loss must be: less is not worth a word."""
ERRORS = 6.0
"""Standard errors of a level that the loss must be. More than 4: the best level is the least of many."""


def divergence(curve: Curve) -> Advice | None:
    """Whether the training diverged: its last value is not finite, or it lost nearly all that it had gained, on the training data too."""
    column = curve.columns[curve.metric]
    if len(column) and not np.isfinite(column[-1]):
        ok = np.flatnonzero(np.isfinite(column))
        first = int(ok[-1]) + 1 if len(ok) else 0
        return _advice(curve, f"{curve.metric} is {column[-1]:.4g} from step {step(curve.steps[first])} on.")
    seen = levels(curve)
    if seen is None:
        return None
    trained = levels(curve, curve.partner) if curve.partner else None
    least = max((LOST if trained else LOST_ALONE) * seen.gain, ERRORS * seen.error, LEAST)
    if seen.lost < least or (trained and trained.lost < max(LOST / 2 * trained.gain, ERRORS * trained.error)):
        return None
    return _advice(
        curve,
        f"{curve.metric} goes from {seen.value(seen.best):.4g} about step {step(seen.steps[seen.best_at])} to {seen.value(seen.end):.4g} "
        "at the end.",
    )


def _advice(curve: Curve, detail: str) -> Advice:
    return Advice(
        code=Code.DIVERGENCE,
        severity=Severity.WARNING,
        title="The training diverges",
        detail=detail,
        action="Lower the learning rate, clip the gradient, or let the learning rate warm up.",
        count=1,
        trials=(curve.trial,),
    )
