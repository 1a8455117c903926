"""What the trials of a study say together: pure functions over columns. Nothing here knows the database or the wire."""

from hpsearch.analysis.axis import Axis
from hpsearch.analysis.contour import Contour, contour
from hpsearch.analysis.edf import Edf, edf
from hpsearch.analysis.history import Against, History, Line, history
from hpsearch.analysis.importance import importances
from hpsearch.analysis.pareto import front, pareto_front
from hpsearch.analysis.rank import Ranks, ranks
from hpsearch.analysis.slices import Slice, slice_of
from hpsearch.analysis.spread import Spread, spread
from hpsearch.analysis.table import STATES, Floats, Table
from hpsearch.analysis.thinning import MOST, downsample, thinned

__all__ = [
    "MOST",
    "STATES",
    "Against",
    "Axis",
    "Contour",
    "Edf",
    "Floats",
    "History",
    "Line",
    "Ranks",
    "Slice",
    "Spread",
    "Table",
    "contour",
    "downsample",
    "edf",
    "front",
    "history",
    "importances",
    "pareto_front",
    "ranks",
    "slice_of",
    "spread",
    "thinned",
]
