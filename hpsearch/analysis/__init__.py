"""What the trials of a study say together: pure functions over columns. Nothing here knows the database or the wire."""

from hpsearch.analysis.pareto import front, pareto_front
from hpsearch.analysis.table import STATES, Floats, Table
from hpsearch.analysis.thinning import MOST, downsample, thinned

__all__ = ["MOST", "STATES", "Floats", "Table", "downsample", "front", "pareto_front", "thinned"]
