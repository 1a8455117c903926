"""The Pareto front of several objectives.

Divide and conquer after Kung, Luccio and Preparata (On Finding the Maxima of a Set of Vectors, 1975): n trials with m objectives
take about n log(n)^(m-1) steps, even when all of them are on the front.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.study import Direction
from hpsearch.trial import TrialState

Mask = NDArray[np.bool_]
FEW = 64
"""Rows that are compared each with each."""


def pareto_front(table: Table) -> Places:
    """The numbers of the completed trials on the front, in order."""
    completed = np.flatnonzero(table.are(TrialState.COMPLETED))
    return completed[front(table.values[completed], table.study.directions)]


def front(values: Floats, directions: Sequence[Direction]) -> Places:
    """The rows that no other dominates (is at least as good everywhere, and better somewhere), in order.

    `values` is of shape (rows, objectives), one direction an objective. Equal rows are on the front together; infinities count as
    what they are; a row with NaN is not on the front, nor does it keep another off.
    """
    known = np.flatnonzero(~np.isnan(values).any(axis=1))
    signs = np.array([1.0 if direction is Direction.MINIMIZE else -1.0 for direction in directions])
    costs = values[known] * signs
    contenders = _contenders(costs)
    known, costs = known[contenders], costs[contenders]
    order = np.lexsort(costs.T[::-1])
    ordered = costs[order]
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    kept = _undominated(ordered[is_new])
    return np.sort(known[order[kept[np.cumsum(is_new) - 1]]])


def _contenders(costs: Floats) -> Mask:
    """Which rows the one with the least sum of ranks does not dominate: at random few, so that the rest is quick."""
    if not len(costs):
        return np.zeros(0, dtype=bool)
    ranks = np.argsort(np.argsort(costs, axis=0), axis=0)
    pivot = costs[ranks.sum(axis=1).argmin()]
    dominated = (costs >= pivot).all(axis=1) & (costs > pivot).any(axis=1)
    return ~np.asarray(dominated)


def _undominated(rows: Floats) -> Mask:
    """Which of the rows no other dominates; all differ, and are in lexicographic order: only an earlier one can dominate."""
    if len(rows) <= FEW:
        return ~np.asarray(np.triu(_at_most(rows, rows), k=1).any(axis=0))
    middle = len(rows) // 2
    first, second = _undominated(rows[:middle]), _undominated(rows[middle:])
    rest = np.flatnonzero(second)
    second[rest] = ~_covered(rows[:middle][first, 1:], rows[middle:][rest, 1:])
    return np.concatenate([first, second])


def _covered(by: Floats, rows: Floats) -> Mask:
    """For which of the `rows` a row of `by` is at most as great in every column."""
    if not len(by) or not len(rows):
        return np.zeros(len(rows), dtype=bool)
    while by.shape[1] and by[:, -1].max() <= rows[:, -1].min():
        by, rows = by[:, :-1], rows[:, :-1]
    covered: Mask
    match by.shape[1]:
        case 0:
            return np.ones(len(rows), dtype=bool)
        case 1:
            covered = by.min() <= rows[:, 0]
            return covered
        case 2:
            return _covered_in_two(by, rows)
    if len(by) * len(rows) <= FEW**2:
        covered = np.asarray(_at_most(by, rows).any(axis=0))
        return covered
    both = np.concatenate([by[:, -1], rows[:, -1]])
    limit = np.partition(both, len(both) // 2)[len(both) // 2]
    if limit == both.max():
        limit = both[both < limit].max()  # there is one, or the loop above had dropped the column
    by_low, low = by[:, -1] <= limit, rows[:, -1] <= limit
    covered = np.empty(len(rows), dtype=bool)
    covered[low] = _covered(by[by_low], rows[low])
    covered[~low] = _covered(by[by_low, :-1], rows[~low, :-1]) | _covered(by[~by_low], rows[~low])
    return covered


def _at_most(by: Floats, rows: Floats) -> Mask:
    """Whether each row of `by` is at most as great as each of `rows` in every column, of shape (by, rows)."""
    is_at_most = np.ones((len(by), len(rows)), dtype=bool)
    for ours, theirs in zip(by.T, rows.T, strict=True):
        is_at_most &= ours[:, np.newaxis] <= theirs
    return is_at_most


def _covered_in_two(by: Floats, rows: Floats) -> Mask:
    """Of two columns: along the first, the least of the second so far."""
    order = np.argsort(by[:, 0])
    least = np.minimum.accumulate(by[order, 1])
    before = np.searchsorted(by[order, 0], rows[:, 0], side="right")
    covered: Mask = np.where(before > 0, least[before - 1], np.inf) <= rows[:, 1]
    return covered & (before > 0)
