import math

import pytest
from domain import study_of

from hpsearch.pruners import Pruner, build

NAN, INF = math.nan, math.inf


def median(direction: str = "minimize", **settings) -> Pruner:
    return build(study_of(direction=direction, pruner={"name": "median", "n_startup_trials": 3, **settings}))


@pytest.mark.parametrize(
    ("history", "others", "stops"),
    [
        ([0.5], [0.1, 0.2, 0.3], True),
        ([0.5], [0.1, 0.6, 0.9], False),
        ([0.5], [0.1, 0.5, 0.9], False),
        ([0.5], [0.1, 0.4, 0.5, 0.9], True),
        # The best so far counts, not the last.
        ([0.1, 0.9], [0.2, 0.3, 0.4], False),
        ([NAN, 0.9], [0.2, 0.3, 0.4], True),
        # Too few others.
        ([0.5], [], False),
        ([0.5], [0.1, 0.2], False),
        # What is no number is the worst.
        ([NAN], [0.1, 0.2, INF], True),
        ([NAN], [NAN, NAN, NAN], True),
        ([INF], [NAN, NAN, NAN], False),
        ([0.5], [0.1, NAN, NAN], False),
        ([0.5], [0.1, 0.2, NAN], True),
        ([INF], [0.1, 0.2, INF], True),
        ([0.5], [-INF, -INF, INF, INF], False),
        ([-INF], [0.1, 0.2, 0.3], False),
    ],
)
def test_a_trial_worse_than_the_median_is_stopped(history, others, stops):
    mine = list(enumerate(history, 1))
    reason = f"median at step {len(history)}" if stops else None
    assert median().stops(len(history), mine, others) == reason
    mirrored = median("maximize").stops(len(history), [(s, -v) for s, v in mine], [-other for other in others])
    assert mirrored == reason


def test_without_startup_trials_one_other_is_needed_still():
    pruner = median(n_startup_trials=0)
    assert pruner.stops(1, [(1, 0.5)], []) is None
    assert pruner.stops(1, [(1, 0.5)], [0.1]) is not None


def test_no_look_before_the_warm_up_and_one_an_interval():
    pruner = median(n_warmup_steps=4, interval_steps=3)
    assert [step for step in range(1, 15) if pruner.rung(step, step - 1) is not None] == [4, 7, 10, 13]
    assert pruner.rung(9, 5) == 7
    assert [median().rung(step, step - 1) for step in range(1, 4)] == [1, 2, 3]
