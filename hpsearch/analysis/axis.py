"""A parameter as the axis of a grid."""

from dataclasses import dataclass
from math import log

import numpy as np

from hpsearch.analysis.columns import parameter_column
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.analysis.thinning import spaced
from hpsearch.space import CategoricalParameter, ConstantParameter, Parameter, is_log


@dataclass(frozen=True, slots=True)
class Axis:
    """The cells of a parameter's range, from `low` to `high` in its own numbers; of categories in their places, a constant being one.

    `centres`, of shape (cells,), are the cells' numbers. `is_log`: they are evenly spaced in the logarithm. `is_ordered`: neighbours
    are alike, as those of categories are not.
    """

    name: str
    low: float
    high: float
    is_log: bool
    is_ordered: bool
    centres: Floats

    def units(self, column: Floats) -> Floats:
        """Numbers of the parameter on the scale where the range is from 0 to 1; all 0 where it has no width."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, column = log(low), log(high), np.log(column)
        return (column - low) / (high - low) if high > low else np.zeros(len(column))

    def cells(self, column: Floats) -> Places:
        """The cell with the nearest centre for each number, on the axis' scale."""
        units = self.units(self.centres)
        return np.searchsorted((units[1:] + units[:-1]) / 2, self.units(column))


def axis(table: Table, name: str, most: int, field: str) -> Axis:
    """The axis of a parameter: a cell for each category, or for each of at most `most` >= 2 steps, else `most` cells.

    The first and the last centre of a range are its bounds. Raises InvalidInput that names `field` where there is no such parameter.
    """
    parameter_column(table, name, field)
    parameter = table.study.space[name]
    centres = _centres(parameter, most)
    ordered = not isinstance(parameter, CategoricalParameter | ConstantParameter)
    return Axis(name, float(centres[0]), float(centres[-1]), is_log(parameter), ordered, centres)


def _centres(parameter: Parameter, most: int) -> Floats:
    if isinstance(parameter, CategoricalParameter | ConstantParameter):
        return np.arange(parameter.cardinality(), dtype=np.float64)
    values = parameter.cardinality()
    if values is not None and values <= most:
        return np.array([parameter.at(index) for index in range(values)], dtype=np.float64)
    low, high = float(parameter.low), float(parameter.high if values is None else parameter.at(values - 1))
    if not parameter.log:
        return spaced(low, high, most)
    centres = np.exp(spaced(log(low), log(high), most))
    centres[[0, -1]] = low, high
    return np.clip(centres, low, high)
