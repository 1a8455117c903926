"""The grid of a search space: every point exactly once, found by its index, never listed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.space.parameter import Value
from hpsearch.space.search_space import Params, SearchSpace

MOST_COUNTS = 2_000
"""Distinct part counts that one grid may need: a tree of 300 conditions takes 600, but counting is hard in general."""


class _Run(NamedTuple):
    """Neighbouring values of a parameter that no condition tells apart: `length` of them from index `first`, with value `value`."""

    first: int
    length: int
    value: Value


class _Clause(NamedTuple):
    """A part of a condition: `parent` has one of the values, each beside whether it is true or false, which are not 1 or 0."""

    parent: str
    values: frozenset[tuple[bool, Value]]

    def holds(self, params: Params) -> bool:
        if self.parent not in params:
            return False
        value = params[self.parent]
        return (isinstance(value, bool), value) in self.values


class Grid:
    """The points of a space in lexicographic order, the last parameter fastest: a mixed-radix number of its values.

    Conditions make it a tree: a parameter that is inactive in a branch has no digit there. To count the points after a prefix, the
    parameters that follow fall into parts that no condition links; their counts multiply, and each is kept. A part is named by its
    first place in the order: fixing that parameter splits the rest of it into parts again. So the work is proportional to the
    number of parameters for conditions that form a tree, and the number of points never matters.

    Raises InvalidInput that names each continuous range without a step, or conditions that are too entangled to count.
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
        self._runs = [_runs(space, name) for name in space.order]
        self._within, self._outer, whole = _parts(space)
        self._counts: dict[tuple[int, tuple[bool, ...]], int] = {}
        self.size = self._product(whole, {})
        """The exact number of points."""

    def point(self, index: int) -> dict[str, Value]:
        """The point of this index; raises IndexError outside 0 <= index < size."""
        if not 0 <= index < self.size:
            raise IndexError(f"the grid has {self.size} points, there is no {index}")
        params: dict[str, Value] = {}
        ways = self.size
        for place, name in enumerate(self.space.order):
            if not self.space.is_active(name, params):
                continue
            beside = ways // self._count(place, params)
            for first, length, value in self._runs[place]:
                params[name] = value
                ways = beside * self._product(self._within[place], params)
                if index < length * ways:
                    params[name] = self.space[name].at(first + index // ways)
                    index %= ways
                    break
                index -= length * ways
        return params

    def index(self, params: Params) -> int | None:
        """The index of this point; None when it is between the steps of the grid. `params` is a point of the space."""
        index = 0
        ways = self.size
        before: dict[str, Value] = {}
        for place, name in enumerate(self.space.order):
            if name not in params:
                continue
            position = self.space[name].position(params[name])
            if position is None:
                return None
            beside = ways // self._count(place, before)
            for first, length, value in self._runs[place]:
                before[name] = value
                ways = beside * self._product(self._within[place], before)
                if position < first + length:
                    index += (position - first) * ways
                    break
                index += length * ways
            before[name] = params[name]
        return index

    def _product(self, places: Iterable[int], params: Mapping[str, Value]) -> int:
        product = 1
        for place in places:
            product *= self._count(place, params)
        return product

    def _count(self, place: int, params: Mapping[str, Value]) -> int:
        """The number of ways to choose the parameters of the part that starts at `place`, after `params`."""
        key = place, tuple(all(clause.holds(params) for clause in clauses) for clauses in self._outer[place])
        if key not in self._counts:
            if len(self._counts) >= MOST_COUNTS:
                message = "the conditions `when` link too many parameters at once to count a grid; use another sampler"
                raise InvalidInput.at("space", message)
            self._counts[key] = self._count_anew(place, params)
        return self._counts[key]

    def _count_anew(self, place: int, params: Mapping[str, Value]) -> int:
        name = self.space.order[place]
        if not self.space.is_active(name, params):
            return self._product(self._within[place], params)
        count = 0
        for _, length, value in self._runs[place]:
            count += length * self._product(self._within[place], {**params, name: value})
        return count


def _runs(space: SearchSpace, name: str) -> list[_Run]:
    """The values of a parameter, in order; each value that a condition names is alone."""
    parameter = space[name]
    named = {
        position
        for other in space
        for value in (space[other].when or {}).get(name, ())
        if (position := parameter.position(value)) is not None
    }
    size = parameter.cardinality() or 0
    starts = sorted({0, *named, *(position + 1 for position in named)} - {size})
    return [
        _Run(start, end - start, parameter.at(start)) for start, end in zip(starts, [*starts[1:], size], strict=True)
    ]


def _parts(space: SearchSpace) -> tuple[list[list[int]], list[list[list[_Clause]]], list[int]]:
    """How the places of the order fall into parts.

    Returns for each place the parts that are left of its own part without it; for each place the clauses, one list a
    parameter of its part that has any, about parameters before it; and the parts of the whole space.
    """
    place_of = {name: place for place, name in enumerate(space.order)}
    clauses = {
        name: [
            _Clause(parent, frozenset((isinstance(value, bool), value) for value in values))
            for parent, values in (space[name].when or {}).items()
        ]
        for name in space
    }
    members: dict[int, list[str]] = {}
    within: list[list[int]] = [[] for _ in place_of]
    outer: list[list[list[_Clause]]] = [[] for _ in place_of]
    parts: list[int] = []
    for name, place in reversed(place_of.items()):
        within[place] = [
            part
            for part in parts
            if any(clause.parent == name for member in members[part] for clause in clauses[member])
        ]
        parts = [place, *(part for part in parts if part not in within[place])]
        members[place] = [name, *(member for part in within[place] for member in members[part])]
        seen = ([one for one in clauses[member] if place_of[one.parent] < place] for member in members[place])
        outer[place] = [some for some in seen if some]
    return within, outer, parts
