"""A parameter that does not matter: the search would be cheaper without it."""

from collections.abc import Mapping

import numpy as np

from hpsearch.analysis.advice.advice import Advice, Code, Severity
from hpsearch.analysis.advice.ranks import deviation_of_ranks
from hpsearch.analysis.advice.scale import decides, document, shown, value_of
from hpsearch.analysis.table import Floats, Table
from hpsearch.space import CategoricalParameter, ConstantParameter

FEWEST_TRIALS = 50
"""Completed trials with the parameter: before, an importance is mostly luck."""
LITTLE = 0.02
"""Importance below which a parameter has no effect."""
SHARE = 0.2
"""Likewise, as a share of what it would have if all parameters were equally important: of 20 parameters each has 0.05."""
ALIKE = 2.5
"""Standard errors that the mean ranks of two groups of trials may differ."""
GROUPS = 4


def parameters_without_effect(table: Table, importances: Mapping[str, float]) -> tuple[Advice, ...]:
    """The parameters whose importance (shares of 1, by name) is next to nothing, and whose values do not order the trials either.

    Silent for several objectives, for a space of one parameter, and for parameters that decide which others are active.
    """
    space = table.study.space
    if len(table.study.directions) > 1 or len(importances) < 2:
        return ()
    least = min(LITTLE, SHARE / len(importances))
    costs = table.costs()
    found = (
        _without_effect(table, name, costs, importance)
        for name, importance in importances.items()
        if name in space and importance <= least and not decides(space, name)
    )
    return tuple(one for one in found if one)


def _without_effect(table: Table, name: str, costs: Floats, importance: float) -> Advice | None:
    parameter, values = table.study.space[name], table.params[name]
    if parameter.cardinality() == 1:
        return None
    trials = np.flatnonzero(np.isfinite(costs) & np.isfinite(values))
    if len(trials) < FEWEST_TRIALS:
        return None
    categories = isinstance(parameter, CategoricalParameter)
    if not _alike(costs[trials], values[trials], categories=categories):
        return None
    best = trials[int(np.argmin(costs[trials]))]
    value = value_of(parameter, float(values[best]))
    fixed = ConstantParameter.model_validate({"type": "constant", "value": value, "when": parameter.when})
    written = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return Advice(
        code=Code.PARAMETER_WITHOUT_EFFECT,
        severity=Severity.HINT,
        title=f"{name} does not matter",
        detail=f"{name} has an importance of {importance:.3f} over {len(trials)} completed trials in {shown(parameter)}, and the trials are "
        "as good with its low values as with its high ones."
        if not categories
        else f"{name} has an importance of {importance:.3f} over {len(trials)} completed trials, which are as good with each of its choices.",
        action=f"Fix {name}, at {written} as in the best trial, and spend the trials on the other parameters; or search a wider range.",
        parameter=name,
        count=len(trials),
        space={name: dict(document(fixed))},
    )


def _alike(costs: Floats, values: Floats, *, categories: bool) -> bool:
    """Whether the mean rank of the costs in each category, or quarter of the values, is that of all within what chance does."""
    groups = values
    if not categories:
        groups = np.empty(len(values))
        groups[np.argsort(values, kind="stable")] = np.arange(len(values)) * GROUPS // len(values)
    return all(abs(deviation_of_ranks(costs, groups == group)) <= ALIKE for group in np.unique(groups))
