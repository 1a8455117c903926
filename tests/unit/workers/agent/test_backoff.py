import random

from hypothesis import given
from hypothesis import strategies as st

from hpsearch_workers.agent.backoff import Backoff


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
