"""How much each parameter matters: PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023).

The idea: where the best tenth of the trials lies elsewhere along a parameter than all trials do, the parameter matters. Both
densities are estimated on a grid of the parameter's scale, and compared by Pearson's divergence.
"""

from collections.abc import Mapping
from math import ceil, erfc, fsum, log, log2, sqrt

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.columns import objective_columns
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter

BEST = 0.1
"""The share of the trials whose place is compared with that of all."""
MOST_CELLS = 50
"""Of the grid along a range."""
LEAST_SIGMA = 0.5 / 1.64
"""In cells: a narrower kernel would put nine tenths of its mass into one."""
FLOOR = 1e-12
"""Added to a density before it divides."""
SMALLEST = 5e-324
"""The least positive number; a range may be so narrow that its cells' width rounds to 0."""


def importances(table: Table, objective: int = 0) -> Mapping[str, float]:
    """The share of each parameter in the importance of all, in falling order; the shares add up to 1.

    As Optuna's PedAnovaImportanceEvaluator with its defaults computes it, from the completed trials with a finite value. A
    conditional parameter is rated among the trials where it is active, and its divergence weighted by a^2 / b, where a is the
    share of the best trials that have it, and b that of all trials (Theorem 4.2 of Conditional PED-ANOVA, arXiv 2601.20800): so a
    parameter that decides little because few good trials have it counts for little.

    A parameter that took one value only has share 0 (the paper's prior would give it a little), one that can take no other
    is left out. Empty where nothing can be said: fewer than two trials, all values equal, no parameter that varied.

    Raises InvalidInput for an objective that is not there.
    """
    costs = objective_columns(table, objective)[1]
    rated = np.isfinite(costs)
    costs = costs[rated]
    if len(costs) < 2:
        return {}
    last = ceil(BEST * len(costs)) - 1
    is_best = costs <= np.partition(costs, last)[last]
    space = table.study.space
    found = {
        name: _importance(space[name], table.params[name][rated], is_best)
        for name in space
        if space[name].cardinality() != 1
    }
    total = fsum(found.values())
    if total == 0.0:
        return {}
    return {name: found[name] / total for name in sorted(found, key=lambda name: -found[name])}


def _importance(parameter: Parameter, column: Floats, is_best: NDArray[np.bool_]) -> float:
    """Of one parameter, in no unit."""
    active = ~np.isnan(column)
    column, best_active = column[active], is_best[active]
    if not best_active.any() or column.min() == column.max():
        return 0.0
    cells, size = _cells(parameter, column)
    density = _category_density if isinstance(parameter, CategoricalParameter) else _range_density
    best = density(np.bincount(cells[best_active], minlength=size)) + FLOOR
    everywhere = density(np.bincount(cells, minlength=size)) + FLOOR
    of_best, of_all = best_active.sum() / is_best.sum(), active.mean()
    return float(of_best**2 / of_all * (everywhere @ (best / everywhere - 1) ** 2))


def _cells(parameter: Parameter, column: Floats) -> tuple[Places, int]:
    """The cell of each number in the grid of the parameter, and the number of cells."""
    if not isinstance(parameter, FloatParameter | IntParameter):
        return column.astype(np.int64), parameter.cardinality()
    values = parameter.cardinality()
    low, high = float(parameter.low), float(parameter.high if values is None else parameter.at(values - 1))
    size = MOST_CELLS if values is None else min(values, MOST_CELLS)
    if parameter.log:
        if values is not None:
            size = min(ceil(log2(values)) + 1, MOST_CELLS)
        low, high, column = log(low), log(high), np.log(column)
    width = max((high - low) / (size - 1), SMALLEST)
    cells = np.ceil((column - low) / width - 0.5)  # a number midway goes to the lower cell
    return np.clip(cells, 0, size - 1).astype(np.int64), size


def _category_density(counts: Places) -> Floats:
    """The shares of the categories, drawn towards equal ones, from how often each was met."""
    total, kernels = counts.sum(), np.count_nonzero(counts) + 1
    smoothed = (counts + total / kernels) / (1 + len(counts) / kernels)
    density: Floats = (smoothed + 1 / len(counts)) / (total + 1)
    return density


def _range_density(counts: Places) -> Floats:
    """The mass of each cell: normal kernels of Scott's bandwidth at the cells that were met, and a wide one for the whole range."""
    size = len(counts)
    met = np.flatnonzero(counts)
    weights = counts[met]
    sigma = max(_bandwidth(met, weights), LEAST_SIGMA)
    tails = [0.5 * erfc((distance - 0.5) / (sigma * sqrt(2))) for distance in range(size + 1)]
    mass = -np.diff(tails)  # of the cell at each distance from the kernel's
    kernels = mass[np.abs(np.arange(size) - met[:, np.newaxis])]
    kernels /= kernels.sum(axis=1, keepdims=True)
    wide = -np.diff([0.5 * erfc((edge / size - 0.5) / sqrt(2)) for edge in range(size + 1)])
    density: Floats = (weights @ kernels + wide / wide.sum()) / (weights.sum() + 1)
    return density


def _bandwidth(met: Places, weights: Places) -> float:
    """Scott's rule, in cells, with the interquartile range where that is less than the deviation."""
    total = int(weights.sum())
    mean = met @ weights / total
    deviation = sqrt((met - mean) ** 2 @ weights / max(1, total - 1))
    upto = np.cumsum(weights)
    lower = met[np.searchsorted(upto, total // 4, side="left")]
    upper = met[min(len(met) - 1, int(np.searchsorted(upto, total * 3 // 4, side="right")))]
    return float(1.059 * min((upper - lower) / 1.34, deviation) * total**-0.2)
