"""The empirical distribution function of the values of studies: what share of the trials reached what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.analysis.columns import objective_columns
from hpsearch.analysis.table import Floats, Table
from hpsearch.analysis.thinning import evenly
from hpsearch.trial import TrialState


@dataclass(frozen=True, slots=True)
class Edf:
    """Distribution functions on one grid of values.

    `values`, of shape (points,), rises; `shares`, of shape (tables, points), is for each table the share of its completed trials
    whose value is at most that, from 0 to 1, or NaN throughout where none has completed.
    """

    values: Floats
    shares: Floats


def edf(tables: Sequence[Table], objective: int = 0, *, most: int = 500) -> Edf:
    """The distribution functions of the values of completed trials.

    The grid is made of values that were met, finite ones: all that differ, or `most` of them at even distances in their order, so
    that a few huge losses take no room from the rest. Infinite values count among the trials.

    Raises InvalidInput for an objective that a table does not have, or `most` below 1.
    """
    columns = []
    for table in tables:
        values = objective_columns(table, objective)[0]
        columns.append(np.sort(values[table.are(TrialState.COMPLETED) & ~np.isnan(values)]))
    met = np.unique(np.concatenate([*columns, np.empty(0)]))
    met = met[np.isfinite(met)]
    grid = met[evenly(len(met), most)]
    shares = np.full((len(columns), len(grid)), np.nan)
    for row, column in zip(shares, columns, strict=True):
        if len(column):
            row[:] = np.searchsorted(column, grid, side="right") / len(column)
    return Edf(grid, shares)
