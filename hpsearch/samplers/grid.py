"""Grid search: every point of the grid once."""

from functools import cached_property

from hpsearch.samplers.base import NumberSampler, Point
from hpsearch.samplers.permutation import Permutation
from hpsearch.space import Grid, Params, SearchSpace


class GridSearch(NumberSampler):
    """The points in the order of their index, or with `shuffle` in an order drawn by the seed; nothing is ever listed."""

    def __init__(self, space: SearchSpace, seed: int, *, shuffle: bool) -> None:
        self._grid = Grid(space)
        self._seed = seed
        self._shuffle = shuffle

    @property
    def size(self) -> int:
        """The number of points of the grid."""
        return self._grid.size

    def point(self, position: int) -> Point:
        """The point handed out at this position; raises IndexError outside the grid."""
        index = self._order[position] if self._shuffle else position
        return Point(index, self._grid.point(index))

    def index(self, params: Params) -> int | None:
        """The grid index of these parameters; None when they lie between the steps."""
        return self._grid.index(params)

    @cached_property
    def _order(self) -> Permutation:
        return Permutation(self.size, self._seed)
