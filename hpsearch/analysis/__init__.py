"""What the trials of a study say together: pure functions over columns. Nothing here knows the database or the wire."""

from hpsearch.analysis.pareto import front, pareto_front
from hpsearch.analysis.table import STATES, Floats, Table

__all__ = ["STATES", "Floats", "Table", "front", "pareto_front"]
