import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from ugly_tables import ugly_numbers

from hpsearch.analysis import downsample, thinned
from hpsearch.analysis.thinning import evenly, spaced
from hpsearch.errors import InvalidInput


@quick
@given(st.lists(st.tuples(ugly_numbers, ugly_numbers), max_size=60), st.integers(1, 40))
def test_at_most_so_many_points_stay_in_order_and_the_best_and_the_extremes_among_them(points, most):
    costs, x = np.reshape(points, (-1, 2)).T
    places = thinned(np.arange(len(costs)), costs, most, x)
    assert len(places) == min(len(costs), most)
    assert (np.diff(places) > 0).all()
    finite = x[np.isfinite(x)]
    if not np.isnan(costs).all():
        assert np.nanmin(costs) in costs[places]
    if most >= 10 and len(finite):
        assert {finite.min(), finite.max()} <= set(x[places])


def test_a_trial_more_puts_at_most_one_other_out():
    rng = np.random.default_rng(0)
    costs, x = rng.random((2, 500))
    seen = {int(place) for place in thinned(np.arange(400), costs[:400], 50, x[:400])}
    for number in range(401, 500):
        now = {int(place) for place in thinned(np.arange(number), costs[:number], 50, x[:number])}
        assert len(seen - now) <= 4  # of the best, of two extremes, and of the rest
        seen = now


def test_extremes_stay_however_few_points_do():
    x, y = np.random.default_rng(1).random((2, 10_000))
    places = thinned(np.arange(len(x)), x, 6, x, y)
    assert {x.argmin(), x.argmax(), y.argmin(), y.argmax()} <= set(places)


@pytest.mark.parametrize("period", [2, 10, 34, 50, 100])
def test_points_that_repeat_stay_in_proportion(period):
    numbers = np.arange(100_000)
    places = thinned(numbers, np.full(len(numbers), np.nan), 2000)
    met = np.bincount(places % period, minlength=period)
    assert met.min() > 0.5 * met.max()
    parts = np.bincount(places // 10_000, minlength=10)
    assert parts.min() > 0.9 * parts.max()


@quick
@given(st.lists(ugly_numbers, min_size=1, max_size=80), st.integers(4, 40))
def test_a_curve_keeps_its_ends_and_its_extremes(numbers, most):
    y = np.array(numbers)
    x = np.sort(np.random.default_rng(len(y)).integers(0, 30, len(y)) * 1.0)
    places = downsample(x, y, most)
    assert len(places) <= most
    assert (np.diff(places) > 0).all()
    assert {0, len(y) - 1} <= set(places.tolist())
    known = y[~np.isnan(y)]
    if len(known):
        assert {known.min(), known.max()} <= set(y[places])


def test_of_each_part_of_a_curve_the_spikes_stay_and_gaps_remain():
    x = np.arange(1000.0)
    y = np.sin(x / 50)
    y[[123, 456, 789]] = 40.0, -50.0, 60.0
    y[600:700] = np.nan
    places = downsample(x, y, 100)
    assert {123, 456, 789} <= set(places.tolist())
    assert np.isnan(y[places]).any()
    assert len(places) > 60


@pytest.mark.parametrize("most", [10, 11, 100])
def test_a_long_curve_has_two_points_an_interval_and_its_ends(most):
    x = np.arange(2000.0)
    y = np.where(x % 2, x, -x) * ((x > 5) & (x < 1990))
    assert len(downsample(x, y, most)) == most - most % 2


def test_even_places_have_both_ends():
    assert evenly(0, 5).tolist() == []
    assert evenly(3, 5).tolist() == [0, 1, 2]
    assert evenly(101, 5).tolist() == [0, 25, 50, 75, 100]
    assert evenly(9, 1).tolist() == [0]


def test_the_widest_range_can_be_spaced():
    numbers = spaced(-1.7e308, 1.7e308, 5)
    assert numbers[[0, 2, 4]].tolist() == [-1.7e308, 0.0, 1.7e308]


def test_too_few_points_are_refused():
    with pytest.raises(InvalidInput, match="most: must be at least 1, got 0"):
        thinned(np.arange(2), np.zeros(2), 0)
    with pytest.raises(InvalidInput, match="most: must be at least 4, got 3"):
        downsample(np.zeros(2), np.zeros(2), 3)
    with pytest.raises(InvalidInput, match="most: must be at least 1, got -1"):
        evenly(3, -1)
