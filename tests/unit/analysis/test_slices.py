import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import STATES, slice_of
from hpsearch.errors import InvalidInput

SPACE = {
    "kind": {"type": "categorical", "choices": ["a", "b"]},
    "x": {"type": "float", "low": 0, "high": 1, "when": {"kind": ["a"]}},
}


def test_the_points_are_trials_with_a_value_where_the_parameter_is_active():
    table = table_of(
        [{"kind": "a", "x": 0.1}, {"kind": "b"}, {"kind": "a", "x": 0.3}, {"kind": "a", "x": 0.4}, {"kind": "a", "x": 0.5}],
        [1.0, 2.0, 3.0, None, float("inf")], ["completed", "completed", "pruned", "running", "completed"], space=SPACE,
    )  # fmt: skip
    found = slice_of(table, "x")
    assert found.number.tolist() == [0, 2]
    assert found.x.tolist() == [0.1, 0.3]
    assert found.y.tolist() == [1.0, 3.0]
    assert [STATES[place] for place in found.state] == ["completed", "pruned"]
    assert slice_of(table, "kind").x.tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_of_many_points_the_best_stay(direction):
    values = np.random.default_rng(0).permutation(1000) * 1.0
    table = table_of([{"x": float(value) / 1000} for value in values], values, direction=direction)
    found = slice_of(table, "x", most=100)
    best = range(10) if direction == "minimize" else range(990, 1000)
    assert {float(value) for value in best} <= set(found.y)
    assert len(found.number) == 100
    assert found.of == 1000


@quick
@given(ugly_tables(), st.integers(1, 5))
def test_whatever_the_trials_are_the_points_are_finite(table, most):
    for name in table.params:
        found = slice_of(table, name, len(table.study.directions) - 1, most=most)
        assert len(found.number) == min(found.of, most)
        assert np.isfinite(found.x).all()
        assert np.isfinite(found.y).all()


def test_a_parameter_that_is_not_there_is_named():
    with pytest.raises(InvalidInput, match="parameter: there is no parameter 'z'; the space has kind, x"):
        slice_of(table_of([], [], space=SPACE), "z")
