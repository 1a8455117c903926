import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import edf
from hpsearch.errors import InvalidInput

X = {"x": 0.5}


def test_shares_are_those_of_completed_trials_at_most_that_good():
    one = table_of([X] * 4, [3.0, 1.0, 1.0, 0.5], ["completed", "completed", "completed", "pruned"])
    two = table_of([X] * 2, [2.0, float("inf")])
    found = edf([one, two])
    assert found.values.tolist() == [1.0, 2.0, 3.0]
    np.testing.assert_allclose(found.shares, [[2 / 3, 2 / 3, 1.0], [0.0, 0.5, 0.5]])


def test_a_huge_loss_takes_no_room_from_the_rest():
    found = edf([table_of([X] * 1001, [*np.linspace(0, 1, 1000), 1e300])], most=101)
    assert len(found.values) == 101
    assert (found.values <= 1.0).sum() == 100
    assert found.values[-1] == 1e300


def test_without_a_completed_trial_there_is_no_share():
    empty, full = table_of([X], [None], ["failed"]), table_of([X], [1.0])
    np.testing.assert_array_equal(edf([empty, full]).shares, [[np.nan], [1.0]])
    assert edf([empty]).shares.shape == (1, 0)
    assert edf([]).shares.shape == (0, 0)


def test_each_objective_has_its_own():
    table = table_of([X], [(1.0, 5.0)], direction=["minimize", "maximize"], metric=["loss", "score"])
    assert edf([table], 1).values.tolist() == [5.0]
    with pytest.raises(InvalidInput, match="objective: must be a place from 0 to 0, got 1"):
        edf([table_of([X], [1.0])], 1)


@quick
@given(st.lists(ugly_tables(), max_size=3), st.integers(1, 5))
def test_shares_rise_from_0_to_1(tables, most):
    found = edf(tables, most=most)
    assert found.shares.shape == (len(tables), len(found.values))
    assert len(found.values) <= most
    assert np.isfinite(found.values).all()
    assert (found.values[1:] > found.values[:-1]).all()
    known = found.shares[~np.isnan(found.shares).any(axis=1)]
    assert ((known >= 0) & (known <= 1)).all()
    assert (known[:, 1:] >= known[:, :-1]).all()
