"""The columns of a table that an analysis is asked for."""

from hpsearch.analysis.table import Floats, Table
from hpsearch.errors import InvalidInput


def parameter_column(table: Table, name: str, field: str = "parameter") -> Floats:
    """The numbers of a parameter, of shape (trials,). Raises InvalidInput that names `field` when the space has no such parameter."""
    if name not in table.params:
        raise InvalidInput.at(field, f"there is no parameter {name!r}; the space has {', '.join(table.params)}")
    return table.params[name]


def objective_columns(table: Table, objective: int) -> tuple[Floats, Floats]:
    """The values of an objective and its costs (see Table.costs), each of shape (trials,). Raises InvalidInput for a wrong place."""
    last = len(table.study.directions) - 1
    if not 0 <= objective <= last:
        raise InvalidInput.at("objective", f"must be a place from 0 to {last}, got {objective}")
    return table.values[:, objective], table.costs(objective)
