import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import contour
from hpsearch.errors import InvalidInput

SPACE = {
    "x": {"type": "float", "low": 0, "high": 1},
    "y": {"type": "float", "low": 1e-4, "high": 1, "log": True},
    "c": {"type": "categorical", "choices": ["a", "b", "c"]},
}


def random_points(number):
    rng = np.random.default_rng(0)
    return [{"x": rng.random(), "y": 10 ** (-4 * rng.random()), "c": "abc"[rng.integers(3)]} for _ in range(number)]


def test_the_landscape_follows_the_values_in_the_parameters_own_scales():
    points = random_points(5000)
    table = table_of(points, [point["x"] + np.log10(point["y"]) for point in points], space=SPACE)
    found = contour(table, "x", "y", cells=21)
    expected = found.x.centres + np.log10(found.y.centres)[:, np.newaxis]
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(found.values[inner], expected[inner], atol=0.15)


def test_categories_lend_each_other_nothing():
    points = [point | {"c": "ac"[place % 2]} for place, point in enumerate(random_points(200))]
    table = table_of(points, [{"a": 1.0, "c": 5.0}[point["c"]] for point in points], space=SPACE)
    found = contour(table, "x", "c")
    assert found.values.shape == (3, 50)
    assert found.values[0] == pytest.approx(1.0)
    assert np.isnan(found.values[1]).all()
    assert found.values[2] == pytest.approx(5.0)


def test_where_no_trial_is_near_there_is_no_estimate():
    found = contour(table_of([{"x": 0.0, "y": 1.0, "c": "a"}], [3.0], space=SPACE), "x", "y")
    known = ~np.isnan(found.values)
    assert found.values[known] == pytest.approx(3.0)
    assert known[-1, 0]
    assert not known[0].any()
    assert not known[:, -1].any()
    far = np.abs(found.x.units(found.x.centres)) > 2 * found.bandwidth
    assert not known[:, far].any()
    assert known[-1, ~far].all()


def test_the_trials_are_those_behind_the_estimates():
    points = random_points(50)
    states = ["pruned", "completed"] * 25
    found = contour(table_of(points, range(50), states, space=SPACE), "x", "c", most=10)
    assert found.of == 25
    assert len(found.number) == 10
    assert (found.number % 2 == 1).all()
    assert 1 in found.number
    assert found.trial_value.tolist() == found.number.tolist()
    assert found.trial_x.tolist() == [points[number]["x"] for number in found.number]


def test_more_trials_narrow_the_kernel():
    few, many = (contour(table_of(random_points(n), [0.0] * n, space=SPACE), "x", "y").bandwidth for n in (10, 3000))
    assert many < few == 0.1


def test_equal_values_are_estimated_exactly():
    found = contour(table_of(random_points(200), [0.1] * 200, space=SPACE), "x", "y")
    assert set(found.values[~np.isnan(found.values)]) == {0.1}


@quick
@given(ugly_tables(), st.integers(2, 9))
def test_estimates_lie_within_the_values(table, cells):
    names = list(table.params)
    found = contour(table, names[0], names[-1], cells=cells)
    assert found.values.shape == (len(found.y.centres), len(found.x.centres))
    known = found.values[~np.isnan(found.values)]
    assert (len(known) > 0) == (found.of > 0)
    if found.of:
        assert found.trial_value.min() <= known.min()
        assert known.max() <= found.trial_value.max()


@quick
@given(ugly_tables(), st.integers(2, 9))
def test_with_the_axes_exchanged_the_landscape_is_turned(table, cells):
    names = list(table.params)
    one, other = (contour(table, *pair, cells=cells) for pair in ((names[0], names[-1]), (names[-1], names[0])))
    rounding = 1e-9 * np.abs(one.trial_value).max(initial=0.0)
    np.testing.assert_allclose(one.values, other.values.T, atol=rounding)


def test_bad_requests_are_named():
    table = table_of([], [], space=SPACE)
    with pytest.raises(InvalidInput, match="y: there is no parameter 'z'"):
        contour(table, "x", "z")
    with pytest.raises(InvalidInput, match="cells: must be at least 2, got 1"):
        contour(table, "x", "y", cells=1)
