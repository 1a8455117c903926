"""Random search: independent draws from the ranges."""

from random import Random

from hpsearch.samplers.base import NumberSampler, Point
from hpsearch.space import Params, SearchSpace


class RandomSearch(NumberSampler):
    """Trial number n gets the n-th independent draw; conditions are honoured, inactive parameters left out."""

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed

    @property
    def size(self) -> None:
        """There is always another point."""
        return None

    def point(self, position: int) -> Point:
        """The draw of this trial number; raises IndexError below 0."""
        if position < 0:
            raise IndexError(f"trial numbers start at 0, there is no {position}")
        # The seed and the number side by side; Python keeps `random()` of a seed the same in every release.
        generator = Random(self._seed << 64 | position)  # noqa: S311 - no secret
        return Point(None, self._space.from_units({name: generator.random() for name in self._space}))

    def index(self, params: Params) -> None:
        """A random search has no grid."""
        return
