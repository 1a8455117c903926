import math
import sys

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hpsearch.cli.axis import Axis, Scale

finite = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(st.lists(st.floats(), max_size=20), st.sampled_from(Scale))
@example([5e-324], Scale.LINEAR)
@example([sys.float_info.max], Scale.LOG)
def test_every_number_that_an_axis_holds_has_a_share(values, scale):
    axis = Axis.of(values, scale)
    shown = [value for value in values if math.isfinite(value) and (value > 0 or scale is not Scale.LOG)]
    if not shown:
        assert axis is None
        return
    assert [value for value in values if axis.holds(value)] == shown
    assert all(0 <= axis.share(value) <= 1 for value in shown)
    assert all(axis.low <= axis.value(share) <= axis.high for share in (0, 0.5, 1))


@given(finite, finite, st.floats(0, 1))
def test_a_share_leads_back_to_its_number(one, other, share):
    low, high = sorted((one, other))
    assume(high - low > 1e-6 * max(abs(low), abs(high)))
    axis = Axis(low, high)
    assert axis.share(axis.value(share)) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "is_log"),
    [([0.1, 1.0], False), ([0.1, 1.1], True), ([0.0, 1e9], False), ([-1.0, 1e9], False), ([1e-300, 1e300], True)],
)
def test_an_axis_that_may_choose_is_logarithmic_beyond_a_decade(values, is_log):
    assert Axis.of(values, Scale.AUTO).is_log is is_log
    assert not Axis.of(values, Scale.LINEAR).is_log


def test_the_middle_of_a_logarithmic_axis_is_the_geometric_mean():
    axis = Axis.of([0.01, math.inf, 100.0], Scale.AUTO)
    assert axis.value(0.5) == pytest.approx(1.0)
    assert axis.share(1.0) == pytest.approx(0.5)
    assert axis.labels(11) == {0: "100", 5: "1", 10: "0.01"}
    assert axis.labels(9) == {0: "100", 8: "0.01"}
    assert Axis(3.0, 3.0).labels(8) == {4: "3"}
