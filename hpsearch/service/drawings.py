"""What can be drawn of a study: each drawing is a value, and a function from a table to what goes over the wire."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from hpsearch import analysis
from hpsearch.analysis import MOST, STATES, Against, Table
from hpsearch.trial import TrialState
from hpsearch.wire import charts
from hpsearch.wire.base import Answer

Chart = TypeVar("Chart", bound=Answer)


class Drawing(ABC, Generic[Chart]):
    """Equal drawings of equal tables are equal. `most` is how many trials are shown at most."""

    @abstractmethod
    def draw(self, table: Table) -> Chart:
        """The chart; raises InvalidInput that names the field at fault."""


@dataclass(frozen=True, slots=True)
class Importances(Drawing[charts.Importances]):
    """How much each parameter matters (see hpsearch.analysis.importance)."""

    objective: int = 0

    def draw(self, table: Table) -> charts.Importances:
        """The shares."""
        found = analysis.importances(table, self.objective)
        return charts.Importances(objective=self.objective, importances=dict(found))


@dataclass(frozen=True, slots=True)
class History(Drawing[charts.HistoryChart]):
    """How the search went (see hpsearch.analysis.history)."""

    against: Against = Against.NUMBER
    objective: int = 0
    most: int = MOST

    def draw(self, table: Table) -> charts.HistoryChart:
        """The trials, and the best so far."""
        found = analysis.history(table, self.objective, against=self.against, most=self.most)
        return on_the_wire(charts.HistoryChart, found)


@dataclass(frozen=True, slots=True)
class Slice(Drawing[charts.SliceChart]):
    """Values along a parameter (see hpsearch.analysis.slices)."""

    parameter: str
    objective: int = 0
    most: int = MOST

    def draw(self, table: Table) -> charts.SliceChart:
        """The trials."""
        found = analysis.slice_of(table, self.parameter, self.objective, most=self.most)
        return on_the_wire(charts.SliceChart, asdict(found) | {"parameter": self.parameter})


@dataclass(frozen=True, slots=True)
class Contour(Drawing[charts.ContourChart]):
    """Estimated values over two parameters (see hpsearch.analysis.contour)."""

    x: str
    y: str
    objective: int = 0
    most: int = MOST

    def draw(self, table: Table) -> charts.ContourChart:
        """The grid, and the trials behind it."""
        return on_the_wire(charts.ContourChart, analysis.contour(table, self.x, self.y, self.objective, most=self.most))


@dataclass(frozen=True, slots=True)
class Rank(Drawing[charts.RankChart]):
    """Ranks over two parameters (see hpsearch.analysis.rank)."""

    x: str
    y: str
    objective: int = 0
    most: int = MOST

    def draw(self, table: Table) -> charts.RankChart:
        """The trials."""
        return on_the_wire(charts.RankChart, analysis.ranks(table, self.x, self.y, self.objective, most=self.most))


@dataclass(frozen=True, slots=True)
class Edf(Drawing[charts.EdfChart]):
    """What share of the trials reached what value (see hpsearch.analysis.edf); `most` is of values."""

    objective: int = 0
    most: int = 500

    def draw(self, table: Table) -> charts.EdfChart:
        """The function."""
        return on_the_wire(charts.EdfChart, analysis.edf([table], self.objective, most=self.most))


@dataclass(frozen=True, slots=True)
class Pareto(Drawing[charts.ParetoChart]):
    """The front of several objectives, whole, and at most `most` of the trials behind it."""

    most: int = MOST

    def draw(self, table: Table) -> charts.ParetoChart:
        """The trials."""
        is_best = np.zeros(len(table), dtype=np.bool_)
        is_best[analysis.pareto_front(table)] = True
        finite = table.are(TrialState.COMPLETED) & np.isfinite(table.values).all(axis=1)
        others = np.flatnonzero(finite & ~is_best)
        others = others[analysis.thinned(others, table.costs()[others], self.most, *table.values[others].T)]
        shown = np.union1d(np.flatnonzero(is_best), others)
        columns = {"number": shown, "values": table.values[shown].T, "is_best": is_best[shown]}
        return on_the_wire(charts.ParetoChart, columns | {"of": int((finite | is_best).sum())})


def on_the_wire(kind: type[Chart], chart: Any) -> Chart:
    """A chart of arrays as its body: places of states as states, NaN as null."""
    return kind.model_validate(_plain(chart if isinstance(chart, dict) else asdict(chart)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        states = {"state": [STATES[place] for place in value["state"]]} if "state" in value else {}
        return {name: _plain(found) for name, found in value.items()} | states
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind != "f":
        return value.tolist()
    objects = value.astype(object)
    objects[np.isnan(value)] = None
    return objects.tolist()
