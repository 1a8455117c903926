import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from optuna.visualization._rank import _get_order_with_same_order_averaging as optunas_order
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import ranks
from hpsearch.errors import InvalidInput

SPACE = {"x": {"type": "float", "low": 0, "high": 1}, "y": {"type": "int", "low": 0, "high": 9}}
POINT = {"x": 0.5, "y": 3}


@quick
@given(st.lists(st.integers(-3, 3).map(float) | st.just(float("inf")), min_size=2, max_size=20))
def test_ranks_are_optunas(values):
    found = ranks(table_of([POINT] * len(values), values, space=SPACE), "x", "y")
    np.testing.assert_allclose(found.rank, optunas_order(np.array(values)) / (len(values) - 1))


def test_a_single_trial_is_in_the_middle_and_none_is_none():
    assert ranks(table_of([POINT], [7.0], space=SPACE), "x", "y").rank.tolist() == [0.5]
    assert ranks(table_of([], [], space=SPACE), "x", "y").rank.tolist() == []


def test_of_a_maximised_objective_too_the_least_value_has_rank_0():
    found = ranks(table_of([POINT] * 3, [2.0, 1.0, 4.0], space=SPACE, direction="maximize"), "x", "y")
    assert found.rank.tolist() == [0.5, 0.0, 1.0]


def test_trials_without_the_parameters_are_ranked_but_not_shown():
    space = SPACE | {"z": {"type": "float", "low": 0, "high": 1, "when": {"y": [3]}}}
    params = [{"x": 0.1, "y": 1}, {"x": 0.2, "y": 3, "z": 0.5}, {"x": 0.3, "y": 2}, {"x": 0.4, "y": 3, "z": 0.7}]
    found = ranks(table_of(params, [1.0, 2.0, 3.0, 0.0], ["completed"] * 3 + ["pruned"], space=space), "x", "z")
    assert (found.number.tolist(), found.x.tolist(), found.y.tolist()) == ([1], [0.2], [0.5])
    assert (found.value.tolist(), found.rank.tolist()) == ([2.0], [0.5])


@quick
@given(ugly_tables(), st.integers(1, 5))
def test_ranks_are_shares(table, most):
    names = list(table.params)
    found = ranks(table, names[0], names[-1], most=most)
    assert len(found.number) == min(found.of, most)
    assert ((found.rank >= 0) & (found.rank <= 1)).all()


@quick
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=10, unique=True))
def test_the_opposite_values_have_the_opposite_ranks(values):
    one, other = (
        ranks(table_of([POINT] * len(values), found, space=SPACE), "x", "y").rank
        for found in (values, [-value for value in values])
    )
    np.testing.assert_allclose(one, 1 - other)


def test_the_axis_that_is_not_there_is_named():
    table = table_of([], [], space=SPACE)
    with pytest.raises(InvalidInput, match="x: there is no parameter 'a'"):
        ranks(table, "a", "y")
    with pytest.raises(InvalidInput, match="y: there is no parameter 'b'"):
        ranks(table, "x", "b")
