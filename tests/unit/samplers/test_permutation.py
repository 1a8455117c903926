from collections import Counter
from itertools import pairwise

import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.samplers.permutation import Permutation


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
@quick
def test_every_number_comes_once(size, seed):
    order = Permutation(size, seed)
    assert sorted(order[place] for place in range(size)) == list(range(size))


@given(st.integers(1, 10**40), st.integers(0, 2**32 - 1), st.data())
@quick
def test_large_orders_stay_inside_and_do_not_collide(size, seed, data):
    order = Permutation(size, seed)
    places = data.draw(st.lists(st.integers(0, size - 1), max_size=20, unique=True))
    numbers = [order[place] for place in places]
    assert len(set(numbers)) == len(places)
    assert all(0 <= number < size for number in numbers)
    assert numbers == [Permutation(size, seed)[place] for place in places]


@pytest.mark.parametrize("place", [-1, 10])
def test_a_place_outside_is_refused(place):
    with pytest.raises(IndexError):
        Permutation(10, 0)[place]


def test_seeds_give_different_orders_of_all_kinds():
    orders = Counter(tuple(Permutation(3, seed)[place] for place in range(3)) for seed in range(600))
    assert len(orders) == 6
    assert all(60 <= count <= 140 for count in orders.values())


def test_neighbours_are_scattered():
    size = 10**12
    order = Permutation(size, 1)
    numbers = [order[place] for place in range(1000)]
    for tenth in range(10):
        assert 65 <= sum(tenth * size // 10 <= number < (tenth + 1) * size // 10 for number in numbers) <= 135
    assert sum(a < b for a, b in pairwise(numbers)) in range(440, 560)
