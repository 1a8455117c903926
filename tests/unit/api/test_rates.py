import pytest

from hpsearch_api.rates import BURST_SECONDS, MOST_BUCKETS, Rates


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def rates(clock):
    return Rates(2.0, lambda: clock[0])


def taken(rates, token=1, tries=1000):
    return sum(rates.take(token) for _ in range(tries))


def test_a_burst_and_then_as_time_passes(rates, clock):
    assert taken(rates) == 2 * BURST_SECONDS
    for seconds, requests in ((0.25, 0), (0.25, 1), (3, 6), (1000, 2 * BURST_SECONDS)):
        clock[0] += seconds
        assert taken(rates) == requests


def test_each_token_has_its_own(rates):
    assert taken(rates, 1) == taken(rates, 2)
    assert taken(rates, 1) == 0


def test_a_second_is_enough_for_one_request_at_the_least_rate():
    now = [0.0]
    rates = Rates(1.0, lambda: now[0])
    taken(rates)
    now[0] += 1  # what Retry-After says
    assert rates.take(1)


def test_there_are_only_so_many_buckets(rates):
    assert taken(rates, "first") == 2 * BURST_SECONDS
    for number in range(MOST_BUCKETS - 1):
        rates.take(number)
    assert not rates.take("first")
    assert rates.take("one more")
    assert len(rates._left) == 1
