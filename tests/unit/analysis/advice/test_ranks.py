import numpy as np
import pytest

from hpsearch.analysis.advice.ranks import deviation_of_ranks


def test_it_is_standard_normal_by_chance():
    random = np.random.default_rng(0)
    inside = np.arange(40) < 12
    found = [deviation_of_ranks(random.normal(size=40), inside) for _ in range(2000)]
    assert float(np.mean(found)) == pytest.approx(0.0, abs=0.07)
    assert float(np.std(found)) == pytest.approx(1.0, rel=0.05)


def test_better_ones_are_below():
    costs = np.arange(20.0)
    assert deviation_of_ranks(costs, costs < 5) < -3.0
    assert deviation_of_ranks(costs, costs >= 15) > 3.0


@pytest.mark.parametrize("inside", [True, False])
def test_all_or_none_say_nothing(inside):
    assert deviation_of_ranks(np.arange(5.0), np.full(5, inside)) == 0.0


def test_equal_costs_share_their_rank():
    assert deviation_of_ranks(np.ones(12), np.arange(12) < 4) == 0.0
    mixed = np.array([1.0, 2.0, 2.0, 3.0])
    assert deviation_of_ranks(mixed, np.array([False, True, False, False])) == 0.0
