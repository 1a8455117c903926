"""Under-fitting: a training that ends while it still gets better."""

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, levels, step

FEWEST_POINTS = 12
"""Six parts of two values."""
GAINED = 0.07
"""Share of the whole gain that the last sixth of the curve brings. A straight line has 0.17; of exponential decays one that ends after
two time constants has 0.073, and one that ends after three, with 5 % left, 0.044."""
LASTING = 0.3
"""Share of the last sixth's gain that its own second half brings, at least: half of it on a straight line, nothing after a step down."""
ERRORS = 6.0
"""Standard errors of a level that the whole gain must be. More than 4: the best level is the least of many."""


def underfitting(curve: Curve) -> Advice | None:
    """Whether a completed training was still getting better at its end."""
    seen = levels(curve) if curve.completed else None
    if seen is None or len(seen) < FEWEST_POINTS or seen.gain <= ERRORS * seen.error:
        return None
    sixth = len(seen) // 6
    before, last = seen.costs[-2 * sixth : -sixth], seen.costs[-sixth:]
    gained = float(np.median(before) - np.median(last))
    lasting = float(np.median(last[: sixth // 2]) - np.median(last[-(sixth // 2) :]))
    # Four standard errors of the difference of two medians.
    chance = 4.0 * 1.7725 * seen.noise / float(np.sqrt(sixth))
    if gained < max(GAINED * seen.gain, chance) or lasting < LASTING * gained:
        return None
    ends = int(seen.steps[-1])
    return Advice(
        code=Code.UNDERFITTING,
        severity=Severity.HINT,
        title="The training ends while it still gets better",
        detail=f"{gained / seen.gain:.0%} of what {curve.metric} gained in {step(ends)} steps came in the last sixth of them.",
        action="Train for longer (max_epochs), or raise the learning rate.",
        count=1,
        trials=(curve.trial,),
    )
