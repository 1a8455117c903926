"""Search spaces: parameters, conditions, and grids."""

from hpsearch.space.grid import Grid
from hpsearch.space.parameter import (
    NAME_PATTERN,
    CategoricalParameter,
    ConstantParameter,
    FloatParameter,
    IntParameter,
    Name,
    Parameter,
    Scalar,
    Value,
    is_log,
    same,
)
from hpsearch.space.search_space import Params, SearchSpace

__all__ = [
    "NAME_PATTERN",
    "CategoricalParameter",
    "ConstantParameter",
    "FloatParameter",
    "Grid",
    "IntParameter",
    "Name",
    "Parameter",
    "Params",
    "Scalar",
    "SearchSpace",
    "Value",
    "is_log",
    "same",
]
