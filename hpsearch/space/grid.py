"""The grid of a search space: every point exactly once, found by its index, never listed."""

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.space.parameter import Parameter, Value, same
from hpsearch.space.search_space import Params, SearchSpace


class Grid:
    """The points of a space in lexicographic order, the last parameter fastest: a mixed-radix number of its values.

    Conditions make it a tree: a parameter that is inactive in a branch has no digit there. Counts of branches are kept, and
    branches that later conditions cannot tell apart share theirs, so 10^12 points cost as little as 10.

    Raises InvalidInput that names each continuous range without a step.
    """

    def __init__(self, space: SearchSpace) -> None:
        problems = [
            FieldError(f"space.{name}", "a grid needs a finite number of values: give `step`, or list choices")
            for name in space
            if space[name].cardinality() is None
        ]
        if problems:
            raise InvalidInput(fields=problems)
        self.space = space
        self._counts: dict[tuple[int, Hashable], int] = {}

    @cached_property
    def size(self) -> int:
        """The exact number of points."""
        return self._count(0, {})

    def point(self, index: int) -> dict[str, Value]:
        """The point of this index; raises IndexError outside 0 <= index < size."""
        if not 0 <= index < self.size:
            raise IndexError(f"the grid has {self.size} points, there is no {index}")
        params: dict[str, Value] = {}
        for place, name in enumerate(self.space.order):
            if not self.space.is_active(name, params):
                continue
            parameter = self.space[name]
            for first, run in self._runs(place, parameter):
                below = self._count(place + 1, {**params, name: parameter.at(first)})
                if index < run * below:
                    params[name] = parameter.at(first + index // below)
                    index %= below
                    break
                index -= run * below
        return params

    def index(self, params: Params) -> int | None:
        """The index of this point; None when it is between the steps of the grid. `params` is a point of the space."""
        index = 0
        before: dict[str, Value] = {}
        for place, name in enumerate(self.space.order):
            if name not in params:
                continue
            parameter = self.space[name]
            position = parameter.position(params[name])
            if position is None:
                return None
            for first, run in self._runs(place, parameter):
                passed = min(max(position - first, 0), run)
                index += passed * self._count(place + 1, {**before, name: parameter.at(first)})
            before[name] = params[name]
        return index

    def _runs(self, place: int, parameter: Parameter) -> Iterator[tuple[int, int]]:
        """(first, length) of runs of values that no later condition tells apart, in order."""
        size = parameter.cardinality() or 0
        name = self.space.order[place]
        named = sorted(
            {
                position
                for later in self.space.order[place + 1 :]
                for value in (self.space[later].when or {}).get(name, ())
                if (position := parameter.position(value)) is not None
            }
        )
        start = 0
        for position in named:
            if start < position:
                yield start, position - start
            yield position, 1
            start = position + 1
        if start < size:
            yield start, size - start

    def _count(self, place: int, params: Mapping[str, Value]) -> int:
        """The number of ways to choose the parameters from `place` on, after `params`."""
        key = (place, self._relevant(place, params))
        if key not in self._counts:
            self._counts[key] = self._count_anew(place, dict(params))
        return self._counts[key]

    def _count_anew(self, place: int, params: dict[str, Value]) -> int:
        count = 1
        for here, name in enumerate(self.space.order[place:], place):
            if not self.space.is_active(name, params):
                continue
            parameter = self.space[name]
            runs = list(self._runs(here, parameter))
            if len(runs) > 1:
                return count * sum(
                    length * self._count(here + 1, {**params, name: parameter.at(first)}) for first, length in runs
                )
            params[name] = parameter.at(0)
            count *= runs[0][1]
        return count

    def _relevant(self, place: int, params: Mapping[str, Value]) -> Hashable:
        """What the conditions from `place` on can see of `params`: which of their clauses hold."""
        return tuple(
            parent in params and any(same(params[parent], value) for value in values)
            for later in self.space.order[place:]
            for parent, values in (self.space[later].when or {}).items()
            if self.space.order.index(parent) < place
        )
