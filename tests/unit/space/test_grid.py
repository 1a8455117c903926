from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from domain import continuous, finite, points, quick, space_of, spaces
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.errors import InvalidInput
from hpsearch.space import Grid, SearchSpace


def every_point(space: SearchSpace, params: Mapping[str, Any], place: int = 0) -> Iterator[dict[str, Any]]:
    """The grid by brute force: every value of the first parameter, then every value of the second ..."""
    if place == len(space.order):
        yield dict(params)
        return
    name = space.order[place]
    if not space.is_active(name, params):
        yield from every_point(space, params, place + 1)
        return
    for position in range(space[name].cardinality() or 0):
        yield from every_point(space, {**params, name: space[name].at(position)}, place + 1)


def choice(size: int, **when: list[Any]) -> dict[str, Any]:
    return {"type": "categorical", "choices": list(range(size))} | ({"when": when} if when else {})


def chains(count: int, length: int) -> SearchSpace:
    """Chains of conditions, declared in turns: no two of a chain are neighbours."""
    return space_of(
        **{
            f"p{place}": choice(3, **({f"p{place - count}": [0, 1]} if place >= count else {}))
            for place in range(count * length)
        }
    )


@given(spaces(finite))
@quick
def test_the_grid_is_the_list_of_all_points_in_order(space):
    grid = Grid(space)
    expected = list(every_point(space, {}))
    assert grid.size == len(expected)
    assert [list(grid.point(index).items()) for index in range(grid.size)] == [list(p.items()) for p in expected]
    assert [grid.index(point) for point in expected] == list(range(grid.size))


@given(st.data())
@quick
def test_index_and_point_are_a_bijection_of_large_grids_too(data):
    space = data.draw(spaces().filter(lambda space: all(space[name].cardinality() for name in space)))
    grid = Grid(space)
    index = data.draw(st.integers(0, grid.size - 1))
    point = grid.point(index)
    assert space.contains(point)
    assert grid.index(point) == index


@given(st.data())
@quick
def test_every_point_of_the_space_has_an_index(data):
    space = data.draw(spaces(finite))
    params = data.draw(points(space))
    assert Grid(space).point(Grid(space).index(params)) == params


def test_the_last_parameter_is_the_fastest():
    grid = Grid(space_of(a=choice(2), b=choice(3)))
    assert [tuple(grid.point(index).values()) for index in range(6)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_a_point_between_the_steps_has_no_index():
    # Containment allows for rounding on a step; an enqueued point beyond that never gets here.
    grid = Grid(space_of(x={"type": "float", "low": 0.0, "high": 1.0, "step": 0.25}))
    assert grid.index({"x": 0.5}) == 2
    assert grid.index({"x": 0.3}) is None


@pytest.mark.parametrize("index", [-1, 6])
def test_an_index_outside_is_refused(index):
    with pytest.raises(IndexError, match="the grid has 6 points"):
        Grid(space_of(a=choice(2), b=choice(3))).point(index)


@given(spaces(continuous))
@quick
def test_continuous_ranges_are_refused_each_by_name(space):
    endless = [f"space.{name}" for name in space if space[name].cardinality() is None]
    if not endless:
        assert Grid(space).size >= 1
        return
    with pytest.raises(InvalidInput, match="step") as error:
        Grid(space)
    assert [found.field for found in error.value.fields] == endless


@pytest.mark.parametrize(
    ("space", "size"),
    [
        (space_of(**{f"p{place}": {"type": "int", "low": 1, "high": 10} for place in range(300)}), 10**300),
        (space_of(x={"type": "int", "low": 1, "high": 10**12}, y=choice(4, x=[1, 10**11])), 10**12 + 2 * 3),
        (chains(1, 300), 2**301 - 1),
        (chains(15, 20), (2**21 - 1) ** 15),
    ],
)
def test_counting_is_work_in_proportion_to_the_parameters(space, size):
    grid = Grid(space)
    assert grid.size == size
    index = size * 2 // 3
    assert grid.index(grid.point(index)) == index
    assert len(grid._counts) <= 2 * len(space)


def test_a_tree_of_conditions_costs_no_more_than_its_parameters():
    space = space_of(
        **{f"p{place}": choice(3, **({f"p{(place - 1) // 2}": [1, 2]} if place else {})) for place in range(255)}
    )
    grid = Grid(space)
    below = 1
    for _ in range(8):
        below = 1 + 2 * below**2
    assert grid.size == below
    assert len(grid._counts) <= 2 * 255


def test_one_parameter_may_hang_on_all_others():
    parents = {f"p{place}": choice(3) for place in range(40)}
    grid = Grid(space_of(**parents, last=choice(5, **{name: [0, 1] for name in parents})))
    assert grid.size == 3**40 + 2**40 * 4
    assert len(grid._counts) <= 3 * 41


def test_conditions_that_cannot_be_counted_are_refused_instead_of_hanging():
    parents = {f"p{place}": choice(2) for place in range(20)}
    pairs = {
        f"c{one}-{other}": choice(2, **{f"p{one}": [1], f"p{other}": [1]})
        for other in range(20)
        for one in range(other)
    }
    with pytest.raises(InvalidInput, match="link too many") as error:
        Grid(space_of(**parents, **pairs))
    assert [found.field for found in error.value.fields] == ["space"]
