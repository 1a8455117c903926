"""What trials have in common: the value, or the end of a range, of one parameter that tells them from the others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.advice.scale import decides, narrower, shown, value_of
from hpsearch.analysis.table import Floats, Table
from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter

Mask = NDArray[np.bool_]

FEWEST_TRIALS = 3
"""Trials that have a common cause."""
PURE = 0.7
"""Share of the trials in the region that show it, at least; and of those that show it, the share in the region."""
BY_CHANCE = 0.01
"""Probability that so many fall into any region that was looked at."""
MOST_CUTS = 64
"""Places in a range where a region may begin: of more values the quantiles."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A region of one parameter: `inside` has its trials, `words` say it, `without` is the parameter with the region taken away.

    `without` is None where the best trial lies in the region, nothing would be left, or other parameters depend on this one.
    """

    name: str
    words: str
    inside: Mask
    without: Parameter | None

    def action(self, parameter: Parameter) -> str:
        """What to do with the parameter, which is still as it was."""
        if self.without is None:
            return f"Look at {self.name}."
        if isinstance(self.without, CategoricalParameter):
            return f"Take that choice out of {self.name}: {self.without.describe()}."
        return f"Search {self.name} in {shown(self.without)} instead of {shown(parameter)}."


@dataclass(frozen=True, slots=True)
class _Region:
    """The values from `value` on, up to it (not `upper`), or that choice alone (None)."""

    name: str
    value: float
    upper: bool | None

    def inside(self, table: Table) -> Mask:
        column = table.params[self.name]
        if self.upper is None:
            return np.asarray(column == self.value)
        return np.asarray(column >= self.value if self.upper else column <= self.value)


def cause(table: Table, shows: Mask, others: Mask) -> Cause | None:
    """The region that tells the trials in `shows` from those in `others` best; None where chance would do as well.

    Judged by Fisher's exact test, one-sided, times the number of regions looked at (Bonferroni).
    """
    if shows.sum() < FEWEST_TRIALS or not others.any():
        return None
    known = shows | others
    regions = [region for name in table.study.space for region in _regions(table, name, known)]
    if not regions:
        return None
    # Counted one by one, since of 100,000 trials all masks together would take 100 MB.
    counts = [((inside & shows).sum(), (inside & others).sum()) for inside in (one.inside(table) for one in regions)]
    hits, misses = np.array(counts).T
    sizes = hits + misses
    best = int(np.argmax(hits / shows.sum() - misses / others.sum()))
    if hits[best] < PURE * max(sizes[best], shows.sum()):
        return None
    chance = chance_of(int(hits[best]), int(sizes[best]), int(shows.sum()), int(known.sum()))
    if chance * len(regions) > BY_CHANCE:
        return None
    return _named(table, regions[best], shows, known)


def _regions(table: Table, name: str, known: Mask) -> Iterator[_Region]:
    column = table.params[name]
    found = np.unique(column[known & np.isfinite(column)])
    parameter = table.study.space[name]
    if isinstance(parameter, CategoricalParameter) and len(found) > 1:
        yield from (_Region(name, float(value), None) for value in found)
    elif isinstance(parameter, FloatParameter | IntParameter) and len(found) > 1:
        cuts = found[np.unique(np.linspace(0, len(found) - 1, MOST_CUTS).astype(np.int64))]
        yield from (_Region(name, float(cut), True) for cut in cuts[1:])
        yield from (_Region(name, float(cut), False) for cut in cuts[:-1])


def _named(table: Table, region: _Region, shows: Mask, known: Mask) -> Cause:
    name, parameter, column = region.name, table.study.space[region.name], table.params[region.name]
    inside = region.inside(table)
    hit = column[inside & shows]
    left = column[known & ~inside & np.isfinite(column)]
    without: Parameter | None = None
    if region.upper is None:
        words = f"{name} = {value_of(parameter, hit[0])!r}"
        if isinstance(parameter, CategoricalParameter):
            kept = tuple(choice for place, choice in enumerate(parameter.choices) if place != int(hit[0]))
            without = type(parameter).model_validate({**dict(parameter), "choices": kept}) if kept else None
    else:
        words = f"{name} >= {hit.min():.4g}" if region.upper else f"{name} <= {hit.max():.4g}"
        if isinstance(parameter, FloatParameter | IntParameter) and len(left):
            bound = float(left.max() if region.upper else left.min())
            without = narrower(parameter, bound, upper=region.upper)
    if decides(table.study.space, name) or _has_best(table, inside):
        without = None
    return Cause(name, words, inside, without)


def _has_best(table: Table, inside: Mask) -> bool:
    costs = table.costs()
    return bool(np.isfinite(costs).any()) and bool(inside[int(np.nanargmin(costs))])


def chance_of(hits: int, size: int, marked: int, total: int) -> float:
    """The probability that of `size` trials drawn out of `total`, `marked` of which are marked, at least `hits` are."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])

    def ways(of: NDArray[np.int64] | int, some: NDArray[np.int64] | int) -> Floats:
        return np.asarray(logs[of] - logs[some] - logs[np.subtract(of, some)], dtype=np.float64)

    found = np.arange(max(hits, size + marked - total), min(size, marked) + 1)
    return float(np.exp(ways(marked, found) + ways(total - marked, size - found) - ways(total, size)).sum())
