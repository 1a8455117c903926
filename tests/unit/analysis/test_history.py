from dataclasses import replace

import numpy as np
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of
from ugly_tables import ugly_tables

from hpsearch.analysis import STATES, Against, history
from hpsearch.study import Direction

X = {"x": 0.5}
VALUES = [5.0, 1.0, 3.0, None, 2.0, 0.5, 4.0]
STATES_OF = ["completed", "pruned", "completed", "failed", "completed", "completed", "completed"]


def test_the_best_so_far_has_every_improvement_and_no_pruned_trial():
    found = history(table_of([X] * 7, VALUES, STATES_OF))
    assert found.number.tolist() == [0, 1, 2, 4, 5, 6] == found.x.tolist()
    assert found.y.tolist() == [5.0, 1.0, 3.0, 2.0, 0.5, 4.0]
    assert STATES[found.state[1]] == "pruned"
    assert found.best.x.tolist() == [0, 2, 4, 5, 6]
    assert found.best.y.tolist() == [5.0, 3.0, 2.0, 0.5, 0.5]


def test_the_best_of_a_maximised_objective_grows():
    found = history(table_of([X] * 7, VALUES, STATES_OF, direction="maximize"))
    assert (found.best.x.tolist(), found.best.y.tolist()) == ([0, 6], [5.0, 5.0])
    two = table_of([X] * 2, [(1.0, 1.0), (2.0, 2.0)], direction=["minimize", "maximize"], metric=["loss", "score"])
    assert history(two, 1).best.y.tolist() == [1.0, 2.0]


def test_against_seconds_trials_stand_where_they_were_over():
    table = table_of([X] * 3, [3.0, 1.0, 2.0])
    table = replace(table, started=table.started + 1000.0, finished=np.array([1060.0, 1025.0, 1030.0]))
    found = history(table, against=Against.SECONDS)
    assert found.x.tolist() == [60.0, 25.0, 30.0]
    assert (found.best.x.tolist(), found.best.y.tolist()) == ([25.0, 60.0], [1.0, 1.0])


def test_against_device_seconds_all_that_was_used_by_then_counts():
    table = table_of(
        [X] * 4, [3.0, None, 2.0, None], ["completed", "failed", "completed", "running"],
        device_seconds=[1.0, 10.0, float("nan"), 50.0],
    )  # fmt: skip
    table = replace(table, finished=np.array([30.0, 10.0, 20.0, np.nan]))
    found = history(table, against=Against.DEVICE_SECONDS)
    assert (found.number.tolist(), found.x.tolist()) == ([0, 2], [11.0, 10.0])
    assert (found.best.x.tolist(), found.best.y.tolist()) == ([10.0, 11.0], [2.0, 2.0])


@pytest.mark.parametrize("against", Against)
def test_a_trial_that_is_not_over_draws_nothing(against):
    table = table_of([X] * 2, [3.0, None], ["completed", "running"])
    found = history(table, against=against)
    assert (len(found.x), len(found.best.x)) == (1, 1)


def test_thinning_leaves_the_best_so_far_alone():
    values = np.linspace(1, 0, 500)
    found = history(table_of([X] * 500, values), most=20)
    assert len(found.number) == 20
    assert found.of == 500
    assert found.best.y.tolist() == values.tolist()


@pytest.mark.parametrize("states", [[], ["failed"] * 3, ["running"], ["pruned"]])
def test_while_none_has_completed_there_is_no_best(states):
    values = [1.0 if state == "pruned" else None for state in states]
    found = history(table_of([X] * len(states), values, states))
    assert len(found.best.x) == len(found.best.y) == 0
    assert found.of == states.count("pruned")


@quick
@given(ugly_tables(), st.sampled_from(Against), st.integers(1, 5))
def test_the_best_so_far_never_gets_worse(table, against, most):
    sign = 1.0 if table.study.directions[0] == "minimize" else -1.0
    found = history(table, against=against, most=most)
    costs = sign * found.best.y
    assert (costs[1:] <= costs[:-1]).all()
    assert (found.best.x[1:] >= found.best.x[:-1]).all()
    assert np.isfinite([*found.x, *found.y, *found.best.y]).all()
    assert np.isfinite(found.best.x).all()
    assert len(found.x) == min(found.of, most)
    told = table.costs()[np.isfinite(table.costs())]
    if against is not Against.DEVICE_SECONDS and len(told):
        assert costs[-1] == told.min()


@quick
@given(ugly_tables())
def test_the_opposite_values_have_the_opposite_history(table):
    opposite = {Direction.MINIMIZE: Direction.MAXIMIZE, Direction.MAXIMIZE: Direction.MINIMIZE}
    ways = tuple(opposite[way] for way in table.study.directions)
    study = table.study.model_copy(update={"direction": ways if len(ways) > 1 else ways[0]})
    one, other = history(table).best, history(replace(table, values=-table.values, study=study)).best
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.y, -other.y)
