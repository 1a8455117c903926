import math

import pytest
from domain import study_of

from hpsearch.pruners import Pruner, build

NAN, INF = math.nan, math.inf


def patience(direction: str = "minimize", **settings) -> Pruner:
    return build(study_of(direction=direction, pruner={"name": "patience", "patience": 3, **settings}))


def stopped_at(pruner: Pruner, values: list[float]) -> int | None:
    """The number of reports after which the trial ends."""
    for count in range(1, len(values) + 1):
        history = list(enumerate(values[:count], 1))
        assert pruner.rung(count, count - 1) == count
        if pruner.stops(count, history, ()):
            return count
    return None


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([5, 4, 3, 2, 1, 0], None),
        ([5, 5, 5, 5], 4),
        ([5, 6, 7, 4, 5, 6], None),
        ([5, 6, 7, 4, 5, 6, 7], 7),
        ([5, 4, 5, 5, 3, 5, 5, 5], 8),
        # What is no number improves nothing, and every number improves on it.
        ([NAN, NAN, NAN], 3),
        ([NAN, NAN, 9, 9, 9], None),
        ([5, NAN, NAN, NAN], 4),
        ([INF, INF, INF, INF], 4),
        ([INF, 8, 7, 6, 5], None),
        ([NAN, INF, 5, 5, 5], None),
        ([-INF, 1, 1, 1], 4),
        ([-INF, -INF, -INF, -INF], 4),
    ],
)
def test_so_many_reports_in_a_row_without_improvement_end_a_trial(values, count):
    assert stopped_at(patience(), values) == count
    assert stopped_at(patience("maximize"), [-value for value in values]) == count


@pytest.mark.parametrize(("delta", "count"), [(0.0, None), (0.5, None), (1.0, None), (1.5, 4), (9.0, 4)])
def test_an_improvement_must_exceed_min_delta(delta, count):
    values = [5.0, 4.5, 4.0, 3.5, 3.0]
    assert stopped_at(patience(min_delta=delta), values) == count
    assert stopped_at(patience("maximize", min_delta=delta), [-value for value in values]) == count


def test_patience_says_so_and_looks_at_no_other_trial():
    pruner = patience(patience=1)
    assert not pruner.compares
    assert pruner.stops(2, [(1, 0.5), (2, 0.5)], ()) == "patience 1"
