import pytest
from domain import quick, spaces, study_of
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.samplers import build


def random_study(**fields):
    return study_of(sampler={"name": "random"}, **fields)


@given(spaces(), st.integers(0, 2**32 - 1), st.integers(0, 10**9))
@quick
def test_a_draw_is_a_point_of_the_space_and_depends_on_seed_and_number_alone(space, seed, number):
    study = random_study(space=space.model_dump())
    point = build(study, seed).point(number)
    assert space.contains(point.params)
    assert point == build(study, seed).point(number)
    assert point.index is None


def test_there_is_always_another():
    sampler = build(random_study(), 0)
    assert not sampler.needs_view
    assert sampler.size is None
    assert sampler.index({"x": 0.5}) is None


def test_draws_cover_the_range_evenly_whatever_seed_and_number():
    study = random_study()
    by_number = [build(study, 3).point(number).params["x"] for number in range(1000)]
    by_seed = [build(study, seed).point(0).params["x"] for seed in range(1000)]
    for draws in (by_number, by_seed):
        assert len(set(draws)) == 1000
        for tenth in range(10):
            assert 65 <= sum(tenth / 10 <= draw < (tenth + 1) / 10 for draw in draws) <= 135


def test_parameters_are_drawn_independently():
    unit = {"type": "float", "low": 0.0, "high": 1.0}
    sampler = build(random_study(space={"x": unit, "y": unit}), 1)
    draws = [sampler.point(number).params for number in range(1000)]
    covariance = sum((draw["x"] - 0.5) * (draw["y"] - 0.5) for draw in draws) / 1000
    assert abs(covariance) < 0.01  # 0.083 would be equality


def test_the_draws_of_a_release_are_those_of_the_last():
    draws = [build(random_study(), 7).point(number).params["x"] for number in range(3)]
    assert draws == [0.2182932166164977, 0.8960273783952748, 0.7249440585082841]


def test_there_is_no_trial_before_the_first():
    with pytest.raises(IndexError):
        build(random_study(), 0).point(-1)
