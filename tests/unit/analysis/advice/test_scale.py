import math

import numpy as np
import pytest
from domain import continuous, finite, large, quick, space_of
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.analysis.advice.scale import document, narrower, positions, share_of_end, value_of, wider
from hpsearch.space import FloatParameter, IntParameter


def parameter(**fields):
    return space_of(x=fields)["x"]


def real(low, high, **fields):
    return parameter(type="float", low=low, high=high, **fields)


def whole(low, high, **fields):
    return parameter(type="int", low=low, high=high, **fields)


@pytest.mark.parametrize(
    ("given", "upper", "bound"),
    [
        (real(1e-5, 1e-3, log=True), True, 1e-2),
        (real(1e-5, 1e-3, log=True), False, 1e-6),
        (real(1e-8, 1e-1, log=True), True, 1.0),
        (real(1.0, 2.0, log=True), True, 4.0),
        (whole(16, 256, log=True), True, 1024),
        (whole(16, 256, log=True), False, 4),
        (whole(2, 64, log=True), False, 1),
        (real(-1.0, 3.0), True, 5.0),
        (real(-1.0, 3.0), False, -3.0),
        (real(1.0, 5.0), False, 0.5),
        (real(0.0, 0.5), True, 0.75),
        (real(0.0, 0.9), True, 0.95),
        (real(0.0, 0.1), True, 0.15),
        (real(0.0, 2.0, step=0.25), True, 3.0),
        (whole(1, 4), True, 6),
        (whole(2, 10, step=4), True, 14),
    ],
)
def test_the_wider_range(given, upper, bound):
    found = wider(given, upper=upper)
    assert found
    assert (found.high if upper else found.low) == pytest.approx(bound)
    assert (found.low if upper else found.high) == (given.low if upper else given.high)


@pytest.mark.parametrize(
    ("given", "upper"),
    [
        (real(0.0, 0.5), False),  # a share
        (whole(0, 8), False),
        (real(0.1, 1.0), True),
        (whole(1, 8, log=True), False),
        (real(1e307, 1e308, log=True), True),
        (whole(1, 2**53 - 1), True),
    ],
)
def test_natural_ends_have_no_wider_range(given, upper):
    assert wider(given, upper=upper) is None


ranges = (
    (continuous | finite | large)
    .map(lambda fields: parameter(**fields))
    .filter(lambda made: isinstance(made, FloatParameter | IntParameter) and made.low < made.high)
)


@quick
@given(ranges, st.booleans())
def test_a_wider_range_holds_the_old_one_and_keeps_its_kind(given, upper):
    found = wider(given, upper=upper)
    if found is None:
        return
    assert type(found) is type(given)
    assert found.low <= given.low < given.high <= found.high
    assert (found.low, found.high) != (given.low, given.high)
    assert (found.low >= 0) or given.low < 0
    assert (found.low > 0) or given.low <= 0
    assert parameter(**document(found)) == found
    if isinstance(given, IntParameter) or given.step is not None:
        assert (found.low - given.low) / (given.step or 1) == pytest.approx(round((found.low - given.low) / given.step))


@quick
@given(ranges, st.floats(0, 1), st.booleans())
def test_a_narrower_range_lies_within(given, unit, upper):
    value = given.from_unit(min(unit, 1 - 2**-53))
    found = narrower(given, float(value), upper=upper)
    if found is None:
        return
    assert given.low <= found.low <= found.high <= given.high
    assert parameter(**document(found)) == found


def test_a_narrower_range_has_a_round_bound():
    found = narrower(real(1e-5, 10.0, log=True), 0.31234, upper=True)
    assert found
    assert found.high == 0.31


@quick
@given(ranges.filter(lambda made: not made.log or made.high > 1.001 * made.low))
def test_positions_go_from_one_end_to_the_other(given):
    found = positions(given, np.array([given.low, given.from_unit(0.5), given.high, math.nan], dtype=np.float64))
    assert found[0] == pytest.approx(0.0)
    assert 0.0 <= found[1] <= 1.0
    assert found[2] == pytest.approx(1.0)
    assert math.isnan(found[3])


def test_positions_follow_the_scale():
    np.testing.assert_allclose(positions(real(1e-4, 1.0, log=True), np.array([1e-4, 1e-2, 1.0])), [0.0, 0.5, 1.0])
    np.testing.assert_allclose(positions(whole(0, 8), np.array([2.0, 4.0])), [0.25, 0.5])


def test_the_share_of_the_last_value():
    assert share_of_end(real(0.0, 1.0), upper=True) == 0.0
    assert share_of_end(whole(1, 4), upper=True) == 0.25
    shares = [share_of_end(whole(1, 2, log=True), upper=upper) for upper in (False, True)]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] > shares[1]


def test_the_value_behind_a_number():
    assert value_of(whole(1, 4), 3.0) == 3
    assert isinstance(value_of(whole(1, 4), 3.0), int)
    assert value_of(parameter(type="categorical", choices=["a", None]), 1.0) is None
    assert value_of(real(0.0, 1.0), 0.25) == 0.25
