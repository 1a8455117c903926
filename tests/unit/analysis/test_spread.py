import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.analysis import Line, spread
from hpsearch.errors import InvalidInput


def line(*points):
    x, y = np.reshape(points, (-1, 2)).T
    return Line(x, y)


lines = st.lists(
    st.lists(st.tuples(st.integers(0, 9).map(float), st.floats(-1.7e308, 1.7e308)), max_size=6).map(
        lambda points: line(*sorted(points, key=lambda point: point[0]))
    ),
    max_size=5,
)


def test_quartiles_are_of_the_lines_that_have_begun():
    found = spread([line((0, 4.0), (2, 0.0)), line((1, 8.0), (3, 4.0)), line((0, 0.0))])
    assert found.x.tolist() == [0, 1, 2, 3]
    assert found.lines.tolist() == [2, 3, 3, 3]
    assert found.median.tolist() == [2.0, 4.0, 0.0, 0.0]
    assert found.lower.tolist() == [1.0, 2.0, 0.0, 0.0]
    assert found.upper.tolist() == [3.0, 6.0, 4.0, 2.0]


def test_a_single_line_is_its_own_quartiles():
    found = spread([line((0, 4.0), (2, 0.0))])
    assert found.lower.tolist() == found.median.tolist() == found.upper.tolist() == [4.0, 0.0]


@pytest.mark.parametrize("nothing", [[], [line()], [line(), line()]])
def test_without_a_line_there_is_no_spread(nothing):
    found = spread(nothing)
    assert [len(column) for column in (found.x, found.lower, found.median, found.upper, found.lines)] == [0] * 5


def test_at_most_so_many_points_with_both_ends():
    found = spread([line(*((x, -x) for x in range(1000)))], most=11)
    assert len(found.x) == 11
    assert found.x[[0, -1]].tolist() == [0, 999]
    assert found.median.tolist() == [-x for x in found.x]
    with pytest.raises(InvalidInput, match="most: must be at least 1"):
        spread([line((0, 1))], most=0)


@quick
@given(lines)
def test_quartiles_are_in_order_and_the_order_of_the_lines_is_nothing(found):
    one, other = spread(found), spread(found[::-1])
    assert (one.lower <= one.median).all()
    assert (one.median <= one.upper).all()
    assert (np.diff(one.x) > 0).all()
    assert (np.diff(one.lines) >= 0).all()
    np.testing.assert_array_equal(one.median, other.median)
