"""Over-fitting: the validated metric gets worse while that on the training data still gets better."""

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve, levels, step

LOST = 0.05
"""Share of the gain that is lost again at the end."""
LEAST = 0.02
"""Share of the curve's largest magnitude that the loss must be."""
ERRORS = 6.0
"""Standard errors of a level that the loss must be. More than 4: the best level is the least of many."""
AFTER = 5
"""Values after the best one, at least."""


def overfitting(curve: Curve) -> Advice | None:
    """Whether the metric got worse after its best value while that on the training data did not; silent where the latter is unknown."""
    seen = levels(curve)
    trained = levels(curve, curve.partner) if curve.partner else None
    if seen is None or trained is None or len(seen) != len(trained):
        return None
    if len(seen) - 1 - seen.best_at < max(AFTER, len(seen) // 10) or seen.lost < max(
        LOST * seen.gain, ERRORS * seen.error, LEAST
    ):
        return None
    if trained.end > trained.smooth[seen.best_at] + ERRORS * trained.error:
        return None
    # A network that has fallen back to guessing does so on all data, and may well guess better than it once did.
    if trained.end * trained.scale >= seen.best * seen.scale:
        return None
    at = step(seen.steps[seen.best_at])
    return Advice(
        code=Code.OVERFITTING,
        severity=Severity.HINT,
        title="The training over-fits",
        detail=f"{curve.metric} is best about step {at} ({seen.value(seen.best):.4g}) and {seen.value(seen.end):.4g} at the end, while "
        f"{curve.partner} goes from {trained.value(float(trained.smooth[seen.best_at])):.4g} to {trained.value(trained.end):.4g}.",
        action="Stop early (early_stopping), regularise more (dropout, weight_decay), make the network smaller, or train on more data.",
        count=1,
        trials=(curve.trial,),
    )
