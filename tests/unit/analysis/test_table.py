import numpy as np
import pytest
from trial_tables import table_of

from hpsearch.trial import TrialState

X = {"x": {"type": "float", "low": 0, "high": 1}}


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_costs_are_those_of_completed_trials_and_less_is_better(direction, sign):
    table = table_of(
        [{"x": 0.5}] * 4, [1.0, 2.0, None, 3.0], ["completed", "pruned", "running", "completed"],
        space=X, direction=direction,
    )  # fmt: skip
    np.testing.assert_array_equal(table.costs(), [sign * 1.0, np.nan, np.nan, sign * 3.0])
    assert len(table) == 4


def test_trials_are_found_by_their_state():
    table = table_of([{"x": 0.5}] * 3, [1.0, 2.0, None], ["completed", "pruned", "running"], space=X)
    np.testing.assert_array_equal(table.are(TrialState.PRUNED, TrialState.RUNNING), [False, True, True])
