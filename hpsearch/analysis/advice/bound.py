"""The best trials crowd a bound of a range: better ones may lie beyond it."""

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.advice.advice import MOST_TRIALS, Advice, Code, Severity
from hpsearch.analysis.advice.ranks import deviation_of_ranks
from hpsearch.analysis.advice.scale import Range, document, positions, share_of_end, shown, wider
from hpsearch.analysis.table import Floats, Table
from hpsearch.space import FloatParameter, IntParameter, Parameter

FEWEST_TRIALS = 20
"""Completed trials with the parameter."""
BEST = 0.1
"""Share of the trials that are looked at as the best ones, 5 to 50 of them."""
ZONE = 0.1
"""Share of the scale that is looked at as its end; the last value alone where that is more."""
CROWD = 0.6
"""Share of the best trials in the zone, at least."""
BY_CHANCE = 0.005
"""Probability that trials without a preference crowd any bound of the space as much."""
FEWEST_COMPARED = 3
BETTER = 1.28
"""Standard errors by which trials in the zone must be better than the others of the later half. A sampler that learns may settle at
a bound by luck, and takes all trials there, which are then the best ones for other reasons: in 111 searches by TPE (three parameters,
30 or 100 trials) without an optimum, or with one at 50 or 80 % of a range, 5 bounds were named without this rule and 2 with it. Of 37
with the optimum beyond a bound, 36 are found."""

Allowed = Callable[[str, Parameter], bool]
"""Whether the objective takes this parameter under that name."""


def anything(_name: str, _parameter: Parameter) -> bool:
    """An objective that takes any parameter."""
    return True


def bounds_crowded(table: Table, allowed: Allowed = anything) -> tuple[Advice, ...]:
    """The bounds that the best trials crowd, with the wider range where it is `allowed`; silent at natural bounds, which have none.

    Silent for several objectives: their best trials are at the ends of what they trade.
    """
    if len(table.study.directions) > 1:
        return ()
    space = table.study.space
    ranges = {
        name: parameter
        for name in space
        if isinstance(parameter := space[name], FloatParameter | IntParameter) and parameter.low < parameter.high
    }
    costs = table.costs()
    found = (
        _crowded(name, parameter, costs, table.params[name], BY_CHANCE / (2 * len(ranges)), upper, allowed)
        for name, parameter in ranges.items()
        for upper in (True, False)
    )
    return tuple(one for one in found if one)


def _crowded(
    name: str, parameter: Range, costs: Floats, values: Floats, chance: float, upper: bool, allowed: Allowed
) -> Advice | None:
    trials = np.flatnonzero(np.isfinite(costs) & np.isfinite(values))
    if len(trials) < FEWEST_TRIALS:
        return None
    number = int(np.clip(BEST * len(trials), 5, 50))
    best = trials[costs[trials] <= np.partition(costs[trials], number - 1)[number - 1]]
    best = best[np.argsort(costs[best], kind="stable")]
    if len(best) > 2 * number:  # as good as many others: their order says when they were tried
        return None
    at = positions(parameter, values)
    end = share_of_end(parameter, upper=upper)
    zone = (values == (parameter.high if upper else parameter.low)) | ((at >= 1 - ZONE) if upper else (at <= ZONE))
    outer = zone[best]
    inside = int(outer.sum())
    if inside < CROWD * len(best) or not outer[0] or _tail(inside, len(best), max(ZONE, end)) > chance:
        return None
    if not _better(costs[trials], zone[trials]):
        return None
    further = wider(parameter, upper=upper)
    if further is None:
        return None
    side, beyond = ("upper", "above") if upper else ("lower", "below")
    bound = f"{parameter.high if upper else parameter.low:.10g}"
    possible = allowed(name, further)
    action = f"Search {name} in {shown(further)}: better values may lie {beyond} {bound}."
    refused = f"Better values may lie {beyond} {bound}, but as the study stands its objective does not take {name} in {shown(further)}."
    return Advice(
        code=Code.BOUND_CROWDED,
        severity=Severity.WARNING if possible else Severity.HINT,
        title=f"The best trials crowd the {side} bound of {name}",
        detail=f"{inside} of the {len(best)} best trials, the best one among them, lie in the {'top' if upper else 'bottom'} "
        f"{max(ZONE, end):.0%} of {shown(parameter)}.",
        action=action if possible else refused,
        parameter=name,
        count=inside,
        trials=tuple(best[outer][:MOST_TRIALS].tolist()),
        space={name: dict(document(further))} if possible else None,
    )


def _better(costs: Floats, inside: NDArray[np.bool_]) -> bool:
    """Whether of the later half of the trials those inside have lower ranks; yes where there are too few of either to say."""
    late, inside = costs[len(costs) // 2 :], inside[len(costs) // 2 :]
    number = int(inside.sum())
    if min(number, len(late) - number) < FEWEST_COMPARED:
        return True
    return deviation_of_ranks(late, inside) <= -BETTER


def _tail(successes: int, draws: int, chance: float) -> float:
    """The probability of at least so many successes in independent draws."""
    return sum(comb(draws, k) * chance**k * (1 - chance) ** (draws - k) for k in range(successes, draws + 1))
