import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.objectives.buckets import DOUBLINGS, bucket, distinct

BUCKETS = st.none() | st.lists(st.integers(1, 300), min_size=1, unique=True).map(sorted)
WIDTHS = st.integers(1, 300)


@quick
@given(WIDTHS, st.lists(WIDTHS, min_size=1, unique=True).map(sorted))
def test_the_least_bucket_that_holds_the_width(width, buckets):
    enough = [one for one in buckets if one >= width]
    if enough:
        assert bucket(width, buckets) == enough[0]
    else:
        with pytest.raises(IndexError):
            bucket(width, buckets)


@pytest.mark.parametrize(("width", "power"), [(1, 1), (2, 2), (3, 4), (4, 4), (65, 128), (16_384, 16_384)])
def test_powers_of_two_by_default(width, power):
    assert bucket(width, None) == power


def all_of(width, buckets):
    def one(width):
        try:
            return bucket(width, buckets)
        except IndexError:
            return None

    return tuple(one(width << times) for times in range(DOUBLINGS + 1))


@quick
@given(st.lists(WIDTHS, min_size=1), BUCKETS)
def test_one_width_for_each_way_to_fall_into_buckets(widths, buckets):
    found = distinct(widths, buckets)
    assert set(found) <= set(widths)
    ways = [all_of(width, buckets) for width in found]
    assert len(ways) == len(set(ways))
    assert set(ways) == {all_of(width, buckets) for width in widths}
