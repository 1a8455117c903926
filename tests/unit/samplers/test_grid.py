import pytest
from domain import finite, quick, spaces, study_of
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.samplers import build
from hpsearch.space import Grid

CHOICE = {"type": "categorical", "choices": ["a", "b", "c"]}


def grid_study(space, shuffle=False):
    return study_of(space=space, sampler={"name": "grid", "shuffle": shuffle})


@given(spaces(finite), st.integers(0, 2**32 - 1), st.booleans())
@quick
def test_every_point_comes_once(space, seed, shuffle):
    sampler = build(grid_study(space.model_dump(), shuffle), seed)
    points = [sampler.point(position) for position in range(sampler.size)]
    assert sorted(point.index for point in points) == list(range(Grid(space).size))
    for point in points:
        assert point.params == Grid(space).point(point.index)
        assert sampler.index(point.params) == point.index


def test_without_shuffle_points_come_in_the_order_of_their_index():
    sampler = build(grid_study({"x": CHOICE, "y": CHOICE}), 5)
    assert [sampler.point(position).index for position in range(9)] == list(range(9))
    assert sampler.point(1).params == {"x": "a", "y": "b"}


def test_shuffled_points_come_in_an_order_of_the_seed():
    study = grid_study({"x": CHOICE, "y": CHOICE}, shuffle=True)
    orders = {tuple(build(study, seed).point(position).index for position in range(9)) for seed in range(20)}
    assert len(orders) == 20
    assert [build(study, 1).point(4), build(study, 1).point(4)] == [build(study, 1).point(4)] * 2


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_grid_of_a_billion_billion_points_is_never_listed(shuffle):
    sampler = build(grid_study({f"p{place}": {"type": "int", "low": 1, "high": 10} for place in range(15)}, shuffle), 2)
    assert not sampler.needs_view
    assert sampler.size == 10**15
    last = sampler.point(10**15 - 1)
    assert sampler.index(last.params) == last.index
    with pytest.raises(IndexError):
        sampler.point(10**15)


def test_a_point_between_the_steps_is_no_point_of_the_grid():
    sampler = build(grid_study({"x": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25}}), 0)
    assert sampler.index({"x": 0.1}) is None
