import random

from hypothesis import given
from hypothesis import strategies as st

from hpsearch_workers.agent.backoff import MOST_NAMED, Backoff


@given(st.floats(0.1, 10), st.integers(1, 100), st.integers(0, 2**32))
def test_waits_double_up_to_the_most_and_vary_by_a_quarter(first, failures, seed):
    backoff = Backoff(first, 60.0, random.Random(seed))
    for number in range(failures):
        whole = min(first * 2.0**number, 60.0)
        assert whole * 0.75 <= backoff.failed() <= whole
    assert backoff.is_failing
    backoff.succeeded()
    assert not backoff.is_failing
    assert backoff.failed() <= first


def test_a_server_is_tried_again_no_sooner_than_it_asked():
    backoff = Backoff(0.5, 20.0)
    assert backoff.failed(7.0) == 7.0
    assert backoff.failed(None) < 1.1
    assert backoff.failed(10_000.0) == MOST_NAMED
    assert backoff.failed(0.001) > 1.0
